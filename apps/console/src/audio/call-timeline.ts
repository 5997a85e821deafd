import type { Speaker } from './sound.js';

/** Sound is played so long after the latest moment at which sound has come. */
const MARGIN_MS = 60;
const WINDOW_MS = 10_000;
const BUCKET_MS = 1000;
/**
 * So much later than the earliest may sound count: what comes later still is lost rather than waited for. The agent's sound
 * comes up to 200 ms ahead of its time.
 */
const SPREAD_MS: Readonly<Record<Speaker, number>> = { caller: 140, agent: 340 };
/** No sound has to wait longer, whatever its time says. */
const LONGEST_WAIT_MS = 1500;

interface Bucket {
  readonly fromMs: number;
  least: number;
  most: number;
}

/** Least and greatest lateness of the last ten seconds. */
class Lateness {
  private buckets: Bucket[] = [];

  constructor(private readonly spreadMs: number) {}

  add(latenessMs: number, nowMs: number): void {
    const newest = this.buckets.at(-1);
    if (newest === undefined || nowMs - newest.fromMs >= BUCKET_MS) {
      this.buckets.push({ fromMs: nowMs, least: latenessMs, most: latenessMs });
      this.buckets = this.buckets.filter(({ fromMs }) => nowMs - fromMs < WINDOW_MS);
    } else {
      newest.least = Math.min(newest.least, latenessMs);
      newest.most = Math.max(newest.most, latenessMs);
    }
  }

  get mostMs(): number {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (const bucket of this.buckets) {
      least = Math.min(least, bucket.least);
      most = Math.max(most, bucket.most);
    }
    return Math.min(most, least + this.spreadMs);
  }
}

/**
 * Lays the call's clock on the loudspeaker's, so that both speakers are heard against each other as they were in the call:
 * a little later than the sound that came latest of late, and so without holes.
 */
export class CallTimeline {
  private readonly lateness: Readonly<Record<Speaker, Lateness>> = {
    caller: new Lateness(SPREAD_MS.caller),
    agent: new Lateness(SPREAD_MS.agent),
  };

  /** When sound of `atMs` that has come now is due, on the clock of `nowMs`. */
  dueMs(speaker: Speaker, atMs: number, nowMs: number): number {
    this.lateness[speaker].add(nowMs - atMs, nowMs);
    const mostMs = Math.max(this.lateness.caller.mostMs, this.lateness.agent.mostMs);
    return Math.min(atMs + mostMs + MARGIN_MS, nowMs + LONGEST_WAIT_MS);
  }
}
