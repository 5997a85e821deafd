import { asGatewayError, type Log } from '#libs/contracts';
import type { Retention } from '#libs/store';
import type { AllRecordings } from './all-recordings.js';

/** So many that could not be removed: their store is away, and the others are not waited for. */
const MOST_FAILED = 3;

/** What became of the recordings of calls that are erased, by the calls' ids. */
export class ErasedSound {
  /** Recordings that are gone. */
  removed = 0;
  /** The calls run: what is recorded of them is deleted when they are over. */
  readonly stillRecording: string[] = [];
  /** On the disk of another gateway. */
  readonly elsewhere: string[] = [];
  /** They could not be deleted now. */
  readonly due: string[] = [];
}

export interface SoundErasureParts {
  readonly recordings: AllRecordings;
  readonly retention: Retention;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** Deletes the recordings of calls whose parties are erased, also those that are still being made. */
export class SoundErasure {
  readonly outcome = new ErasedSound();
  private failed = 0;

  constructor(private readonly parts: SoundErasureParts) {}

  /** Rejects with STORE_AWAY. What was not deleted by then and was come to stays due. */
  async erase(callIds: readonly string[]): Promise<void> {
    for (const callId of callIds) await this.eraseOne(callId);
  }

  private async eraseOne(callId: string): Promise<void> {
    const { recordings, retention, wallMs } = this.parts;
    // First: whoever finishes the recording meanwhile finds that nobody wants it.
    const place = await retention.recordingUnwanted(callId, wallMs());
    const { stillRecording, elsewhere, due } = this.outcome;
    const found = await this.remove(callId);
    if (found === 'removed') await retention.recordingDeleted(callId);
    else if (found === 'running') stillRecording.push(callId);
    else if (found === 'failed') due.push(callId);
    else {
      const other = await retention.recordingElsewhere(callId);
      if (other?.isOver) elsewhere.push(callId);
      else if (other !== null || (place?.isOver === false && !place.isMine)) stillRecording.push(callId);
      // What a recorder left that is not loaded now is still there.
      else if (place?.isOver && place.isMine && recordings.hasOwn) await retention.recordingDeleted(callId);
    }
  }

  /** `none`: the gateway has none here, of its own. */
  private async remove(callId: string): Promise<'removed' | 'running' | 'failed' | 'none'> {
    const { recordings, log } = this.parts;
    if (recordings.isRunning(callId)) return 'running';
    if (!recordings.areMade) return 'none';
    if (this.failed >= MOST_FAILED) return 'failed';
    try {
      const { own, theirs } = await recordings.removeBoth(callId);
      if (own || theirs) this.outcome.removed++;
      if (own) return 'removed';
      return (await recordings.size(callId)) === null ? 'none' : 'running';
    } catch (thrown) {
      const error = asGatewayError(thrown, 'RECORDING_NOT_REMOVED', 'The recording could not be removed');
      if (error.code.startsWith('STORE_')) throw error;
      this.failed++;
      const { code, message, advice } = error;
      log.error(
        { code, reason: message, advice, callId },
        'A recording could not be erased; it stays due, and is tried again each hour.',
      );
      return 'failed';
    }
  }
}
