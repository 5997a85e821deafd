import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { CheckIcon, CopyIcon } from './icons.js';

/** Something to paste elsewhere. */
export function CopyText({ text }: { text: string }) {
  return (
    <span className="copy">
      <code>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : 'Copy'}>
            <ActionIcon
              size="sm"
              variant="subtle"
              color={copied ? 'green' : 'gray'}
              aria-label={copied ? 'Copied' : `Copy ${text}`}
              onClick={copy}
            >
              {copied ? <CheckIcon size={15} /> : <CopyIcon size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
