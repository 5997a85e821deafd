export type SoundErrorCode = 'unsupported' | 'insecure' | 'refused' | 'absent' | 'busy' | 'lost';

const MESSAGES: Readonly<Record<SoundErrorCode, string>> = {
  unsupported: 'This browser cannot play or record live sound. Any current browser can.',
  insecure:
    'Browsers give sound and microphone only to pages from https:// or from localhost. Open the console that way.',
  refused: 'The microphone was refused. Allow it in the address bar of the browser, then try again.',
  absent: 'No microphone was found. Connect one, or choose another.',
  busy: 'The microphone could not be opened: another program may be using it.',
  lost: 'The microphone is gone. Connect it again, or choose another.',
};

/** Something is wrong with the browser's sound; `message` is for the person in front of it. */
export class SoundError extends Error {
  constructor(
    readonly code: SoundErrorCode,
    cause?: unknown,
  ) {
    super(MESSAGES[code], cause === undefined ? undefined : { cause });
    this.name = 'SoundError';
  }
}

const BY_NAME: Readonly<Record<string, SoundErrorCode>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'absent',
  OverconstrainedError: 'absent',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** What `getUserMedia` threw, in our words. */
export function microphoneError(thrown: unknown): SoundError {
  if (thrown instanceof SoundError) return thrown;
  const name = typeof thrown === 'object' && thrown !== null && 'name' in thrown ? String(thrown.name) : '';
  return new SoundError(BY_NAME[name] ?? 'unsupported', thrown);
}
