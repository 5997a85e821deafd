import {
  asGatewayError,
  type CallObserver,
  type CallView,
  type Cancel,
  type Clock,
  type Log,
  type RecordSink,
} from '#libs/contracts';
import type { RecordKeeper, Retention } from '#libs/store';
import type { AllRecordings } from './all-recordings.js';

const LOOK_EVERY_MS = 1000;
/** So many calls may wait while the database is away; of the others the hourly sweep finds what is unwanted. */
const MOST_WAITING = 10_000;
const AT_ONCE = 100;

export interface UnwantedRecordingsParts {
  readonly recordings: Pick<AllRecordings, 'isRunning' | 'remove' | 'hasOwn'>;
  readonly records: Pick<RecordSink & RecordKeeper, 'settled'>;
  readonly retention: Pick<Retention, 'unwantedAmong' | 'recordingDeleted'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Deletes the recordings of calls that were erased while they ran, here or by another gateway of the database, as soon as the calls are over.
 * What it cannot delete stays due, and the hourly sweep tries again.
 */
export class UnwantedRecordings implements CallObserver {
  readonly name = 'unwanted-recordings';
  private readonly over = new Set<string>();
  private readonly stopTimer: Cancel;
  private working: Promise<void> | null = null;

  constructor(private readonly parts: UnwantedRecordingsParts) {
    this.stopTimer = parts.clock.every(LOOK_EVERY_MS, () => this.look());
  }

  onCall(call: CallView): (() => void) | undefined {
    if (call.agent.recording === null) return undefined;
    return () => {
      if (this.over.size < MOST_WAITING) this.over.add(call.id);
    };
  }

  /** What was not looked at by then is found by the next start's sweep. */
  async stop(): Promise<void> {
    this.stopTimer();
    await this.working;
  }

  private look(): void {
    if (this.over.size === 0) return;
    this.working ??= this.lookAtEach()
      .catch((thrown) => {
        const { code, message } = asGatewayError(thrown, 'RETENTION_FAILED', 'The database was not asked');
        this.parts.log.debug({ code, reason: message }, 'Whether recordings are wanted is not known yet.');
      })
      .finally(() => {
        this.working = null;
      });
  }

  private async lookAtEach(): Promise<void> {
    const { recordings, records, retention } = this.parts;
    const finished = [...this.over].filter((callId) => !recordings.isRunning(callId)).slice(0, AT_ONCE);
    if (finished.length === 0) return;
    await records.settled();
    for (const { callId, hasOwn } of await retention.unwantedAmong(finished))
      if ((await this.remove(callId)) && (recordings.hasOwn || !hasOwn))
        await retention.recordingDeleted(callId);
    for (const callId of finished) this.over.delete(callId);
  }

  private async remove(callId: string): Promise<boolean> {
    const { recordings, log } = this.parts;
    try {
      await recordings.remove(callId);
      log.info({ callId }, 'The recording of a call that was erased while it ran is deleted.');
      return true;
    } catch (thrown) {
      const { code, message, advice } = asGatewayError(thrown, 'RECORDING_NOT_REMOVED', 'Not removed');
      log.error(
        { code, reason: message, advice, callId },
        'The recording of a call that was erased while it ran could not be deleted; it is tried again within an hour.',
      );
      return false;
    }
  }
}
