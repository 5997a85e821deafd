import { Button, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { RecordingState } from '../store/recording-state.js';
import { PauseIcon, RecordIcon } from './icons.js';

/** Sends an order for this call to the gateway, and tells what came of it. False: it was refused. */
export type Order = (path: string, body: object, words: string) => Promise<boolean>;

interface OrderProps {
  readonly disabled: boolean;
  readonly order: Order;
}

/** Gives the caller to a number or SIP address; the agent's part is over then. */
export function HandOn({ disabled, order }: OrderProps) {
  const [to, setTo] = useState('');
  const [say, setSay] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const words = say.trim();
    const body = { to: to.trim(), ...(words === '' ? {} : { say: words }) };
    const isDone = await order('/transfer', body, 'The caller was handed on.');
    setBusy(false);
    if (isDone) setTo('');
  };
  return (
    <details className="order">
      <summary>Hand the caller on</summary>
      <form onSubmit={submit}>
        <TextInput
          label="To"
          placeholder="+15550100002 or sip:desk@example.com"
          maxLength={256}
          autoComplete="off"
          disabled={disabled}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Textarea
          label="Said before, if anything"
          placeholder="I am putting you through."
          autosize
          minRows={1}
          maxRows={4}
          maxLength={1000}
          disabled={disabled}
          value={say}
          onChange={(event) => setSay(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" loading={busy} disabled={disabled || to.trim() === ''}>
          Hand on
        </Button>
      </form>
    </details>
  );
}

/** As the gateway takes them: keys of a telephone, and `w` for half a second of silence. */
const KEYS = /^[0-9*#A-Dw]{1,100}$/;

/** Tones to the caller's side, as for a menu that took the call. */
export function SendKeys({ disabled, order }: OrderProps) {
  const [digits, setDigits] = useState('');
  const isWrong = digits !== '' && !KEYS.test(digits);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!KEYS.test(digits)) return;
    if (await order('/dtmf', { digits }, 'The keys are being sent.')) setDigits('');
  };
  return (
    <details className="order">
      <summary>Send keys</summary>
      <form onSubmit={submit}>
        <TextInput
          label="Keys to send"
          description="0-9, *, #, A-D; w waits half a second"
          inputMode="tel"
          autoComplete="off"
          maxLength={100}
          disabled={disabled}
          error={isWrong ? 'These are not all keys of a telephone.' : null}
          value={digits}
          onChange={(event) => setDigits(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" disabled={disabled || digits === '' || isWrong}>
          Send
        </Button>
      </form>
    </details>
  );
}

/** Whether the call is being recorded now, and a switch for what must not be kept. */
export function RecordingSwitch({ recording, disabled, order }: OrderProps & { recording: RecordingState }) {
  const { phase } = recording;
  const isPaused = phase === 'paused';
  return (
    <div className="recording">
      <span className={`recording-state ${phase}`}>
        <RecordIcon size={15} />
        {stateWords(recording)}
      </span>
      {(isPaused || phase === 'running') && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={isPaused ? <RecordIcon size={14} /> : <PauseIcon size={14} />}
          disabled={disabled}
          onClick={() =>
            void order(
              isPaused ? '/recording/resume' : '/recording/pause',
              {},
              isPaused
                ? 'The call is being recorded again.'
                : 'What is said now is silence in the recording.',
            )
          }
        >
          {isPaused ? 'Resume recording' : 'Pause recording'}
        </Button>
      )}
    </div>
  );
}

function stateWords({ phase, by }: RecordingState): string {
  switch (phase) {
    case 'none':
      return 'Not recorded';
    case 'running':
      return 'Recorded';
    case 'failed':
      return 'Recording failed';
    case 'paused':
      if (by === 'digits') return 'Paused while keys are entered';
      return by === null ? 'Recording paused' : `Paused by ${by}`;
  }
}
