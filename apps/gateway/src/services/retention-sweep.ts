import { setImmediate as breath } from 'node:timers/promises';
import { asGatewayError, type Cancel, type Clock, type Log, type Recordings } from '#libs/contracts';
import type { DueRecording, Retention } from '#libs/store';

const SWEEP_EVERY_MS = 3_600_000;
const RECORDINGS_AT_ONCE = 100;
/** So many that cannot be removed: their store is away, and the rest is tried in an hour. */
const MOST_FAILED = 20;

export interface RetentionSweepParts {
  readonly retention: Retention;
  readonly recordings: Pick<Recordings, 'remove' | 'size'>;
  /** False: no recorder is loaded; what an earlier one left is still there, and its calls say so. */
  readonly hasRecorder: boolean;
  /** Forgets what else is kept of calls that are forgotten. */
  readonly forgetCalls: (callIds: readonly string[]) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/**
 * At the start and once an hour: what was kept long enough is forgotten. A call says that its recording is deleted only when the
 * recorder has removed it, or has none although it lies on this gateway's disk if anywhere: several gateways share one database, and each
 * sweeps what is its own.
 */
export class RetentionSweep {
  private cancel: Cancel = () => undefined;
  private sweeping: Promise<void> | null = null;
  private isStopped = false;

  constructor(private readonly parts: RetentionSweepParts) {}

  start(): void {
    this.cancel = this.parts.clock.every(SWEEP_EVERY_MS, () => void this.sweep());
    void this.sweep();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.cancel();
    await this.sweeping;
  }

  /** Never rejects: while the database is away it is tried again in an hour. One at a time. */
  sweep(): Promise<void> {
    this.sweeping ??= this.sweepAll()
      .catch((thrown) => {
        const { code, message, advice } = asGatewayError(
          thrown,
          'RETENTION_FAILED',
          'The sweep could not be made',
        );
        this.parts.log.error({ code, reason: message, advice }, 'What is due could not be forgotten.');
      })
      .finally(() => {
        this.sweeping = null;
      });
    return this.sweeping;
  }

  private async sweepAll(): Promise<void> {
    const { retention, log, wallMs, forgetCalls } = this.parts;
    const calls = await retention.sweepKept(wallMs(), forgetCalls);
    const removed = await this.removeDue();
    if (calls + removed > 0)
      log.info({ calls, recordings: removed }, 'What was kept long enough is forgotten.');
  }

  /** Returns how many are gone now. */
  private async removeDue(): Promise<number> {
    const { retention, recordings, hasRecorder, log, wallMs } = this.parts;
    let removed = 0;
    let failed = 0;
    let code: string | null = null;
    let after: DueRecording | undefined;
    do {
      const due = await retention.recordingsDue(wallMs(), RECORDINGS_AT_ONCE, after, !hasRecorder);
      after = due.length < RECORDINGS_AT_ONCE ? undefined : due.at(-1);
      for (const one of due) {
        if (this.isStopped || failed >= MOST_FAILED) break;
        const outcome = await remove(recordings, one);
        if (outcome === 'gone') {
          await retention.recordingDeleted(one.callId);
          removed++;
        } else if (outcome !== 'elsewhere') {
          failed++;
          code = outcome.code;
        }
        await breath();
      }
    } while (after !== undefined && !this.isStopped && failed < MOST_FAILED);
    if (failed > 0)
      log.error(
        { code, recordings: failed },
        'Recordings that were kept long enough could not be removed; it is tried again in an hour.',
      );
    return removed;
  }
}

/** `elsewhere`: it is not here, and nobody knows whether it is there on another gateway's disk. */
async function remove(
  recordings: Pick<Recordings, 'remove' | 'size'>,
  { callId, isMine }: DueRecording,
): Promise<'gone' | 'elsewhere' | { readonly code: string }> {
  try {
    if (await recordings.remove(callId)) return 'gone';
    if ((await recordings.size(callId)) !== null) return { code: 'RECORDING_RUNNING' };
    return isMine ? 'gone' : 'elsewhere';
  } catch (thrown) {
    const { code } = asGatewayError(thrown, 'RECORDING_NOT_REMOVED', 'The recording could not be removed');
    return { code };
  }
}
