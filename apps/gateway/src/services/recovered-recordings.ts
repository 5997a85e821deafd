import {
  asGatewayError,
  type Cancel,
  type Clock,
  type Log,
  type RecordingInfo,
  type Recordings,
} from '#libs/contracts';

const AGAIN_MS = 5000;

export interface RecoveredRecordingsParts {
  readonly recordings: Recordings;
  /** Rejects while the database is away. What an earlier process had left to be written must have been written before. */
  readonly note: (callId: string, whole: RecordingInfo) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Makes the record of a call whose process died say that its recording was made whole; again until the database takes it. */
export class RecoveredRecordings {
  private readonly waiting = new Map<string, RecordingInfo>();
  private readonly stopTimer: Cancel;
  private working: Promise<void> | null = null;

  constructor(private readonly parts: RecoveredRecordingsParts) {
    this.stopTimer = parts.clock.every(AGAIN_MS, () => this.noteAll());
    parts.recordings.onRecovered?.(({ callId, ...whole }) => {
      this.waiting.set(callId, whole);
      this.noteAll();
    });
  }

  /** What the database has not taken by then stays told as running; the file itself is whole all the same. */
  async stop(): Promise<void> {
    this.stopTimer();
    this.waiting.clear();
    await this.working;
  }

  private noteAll(): void {
    this.working ??= this.noteEach().finally(() => {
      this.working = null;
    });
  }

  private async noteEach(): Promise<void> {
    const { note, log } = this.parts;
    for (const [callId, whole] of this.waiting) {
      try {
        await note(callId, whole);
        this.waiting.delete(callId);
      } catch (thrown) {
        const { code, message } = asGatewayError(thrown, 'STORE_FAILED', 'Not written');
        log.debug({ callId, code, reason: message }, 'That a recording is whole could not be noted yet.');
        return;
      }
    }
  }
}
