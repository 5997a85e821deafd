import type { Speaker } from './sound.js';

/** The agent's sound is sent so long before its time: the live monitor's LEAD_MS unless set otherwise. */
const LEAD_MS = 200;
/** Sound is played at least so long after the earliest moment at which it may come. Listeners do not notice it. */
const START_MS = 120;
/** What comes later than this is played late rather than waited for by everything else. */
const DEEPEST_MS = 400;
/** A burst may be followed by a worse one: so many times what was seen is waited for. */
const CAUTION = 1.5;
const SHRINK_MS_PER_SECOND = 5;

const BUCKET_MS = 1000;
const BUCKETS = 10;

interface Bucket {
  readonly fromMs: number;
  earliestMs: number;
  latestMs: number;
}

/** How early and how late sound came, over the last ten seconds that had any. */
class Lateness {
  private buckets: Bucket[] = [];

  get isEmpty(): boolean {
    return this.buckets.length === 0;
  }

  add(earliestMs: number, latestMs: number, nowMs: number): void {
    const newest = this.buckets.at(-1);
    if (newest === undefined || nowMs - newest.fromMs >= BUCKET_MS) {
      this.buckets.push({ fromMs: nowMs, earliestMs, latestMs });
      if (this.buckets.length > BUCKETS) this.buckets.shift();
    } else {
      newest.earliestMs = Math.min(newest.earliestMs, earliestMs);
      newest.latestMs = Math.max(newest.latestMs, latestMs);
    }
  }

  get earliestMs(): number {
    return Math.min(...this.buckets.map(({ earliestMs }) => earliestMs));
  }

  get latestMs(): number {
    return Math.max(...this.buckets.map(({ latestMs }) => latestMs));
  }
}

/**
 * Lays the call's clock on the loudspeaker's: both speakers are played so long after their time, and so are heard against each
 * other as they were in the call. The delay grows at once where sound comes late, and shrinks slowly. It is a wish: the jitter
 * buffer moves sound only in pauses and where it is quiet, or where a hole is heard anyway.
 */
export class CallTimeline {
  private readonly lateness = new Lateness();
  private delayMs = Number.NEGATIVE_INFINITY;
  private setAtMs = 0;

  /** When sound of `atMs` that has come now is due, on the clock of `nowMs`. */
  dueMs(speaker: Speaker, atMs: number, nowMs: number): number {
    const latenessMs = nowMs - atMs;
    // Of the very first piece it is not known how far ahead of its time it is; listening begins with what is being heard now.
    const leadMs = speaker === 'agent' && !this.lateness.isEmpty ? LEAD_MS : 0;
    this.lateness.add(latenessMs + leadMs, latenessMs, nowMs);
    const { earliestMs, latestMs } = this.lateness;
    const depthMs = Math.min(DEEPEST_MS, Math.max(START_MS, CAUTION * (latestMs - earliestMs)));
    const shrunkMs = this.delayMs - ((nowMs - this.setAtMs) * SHRINK_MS_PER_SECOND) / 1000;
    this.delayMs = Math.min(Math.max(shrunkMs, earliestMs + depthMs), earliestMs + DEEPEST_MS);
    this.setAtMs = nowMs;
    return atMs + this.delayMs;
  }
}
