import { ActionIcon, Kbd, Modal, Switch, Tooltip } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { useEffect } from 'react';
import { KeyboardIcon } from './icons.js';

const KEYS = [
  ['/', 'Search the calls'],
  ['↑ ↓', 'From call to call in the list'],
  ['Enter', 'Open the call'],
  ['Esc', 'Back to the list, unless you have taken over the call'],
  ['1', 'Call: listen to the caller, or stop'],
  ['2', 'Call: listen to the agent, or stop'],
  ['?', 'These keys'],
] as const;

/** Single keys can be switched off, since speech input and unsteady hands press them by accident (WCAG 2.1.4). */
export function useKey(key: string, action: () => void): void {
  const [enabled] = useKeysEnabled();
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      const { target } = event;
      if (target instanceof Element && target.closest('input, textarea, select, [role="dialog"]') !== null)
        return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [enabled, key, action]);
}

function useKeysEnabled() {
  return useLocalStorage({ key: 'patchbay-keys', defaultValue: true, getInitialValueInEffect: false });
}

export function KeysHelp() {
  const [opened, { open, close }] = useDisclosure(false);
  const [enabled, setEnabled] = useKeysEnabled();
  useKey('?', open);
  return (
    <>
      <Tooltip label="Keys">
        <ActionIcon
          className="keys-button"
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Keys"
          onClick={open}
        >
          <KeyboardIcon />
        </ActionIcon>
      </Tooltip>
      <Modal opened={opened} onClose={close} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
        <dl className="keys">
          {KEYS.map(([key, words]) => (
            <div key={key}>
              <dt>
                <Kbd>{key}</Kbd>
              </dt>
              <dd>{words}</dd>
            </div>
          ))}
        </dl>
        <Switch
          label="Use single keys"
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
      </Modal>
    </>
  );
}
