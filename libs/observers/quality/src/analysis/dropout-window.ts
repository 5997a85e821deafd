/** The grid of frames' borders: every packet time in telephony is a multiple of 10 ms. */
export const GRID_MS = 10;
/** Kept before the hop under examination: the longest frame that is repeated, and a hop to compare the edge with. */
const BEFORE_HOPS = 5;
export const KNOWN_BEFORE_MS = BEFORE_HOPS * GRID_MS;
/** Known after it: what comes after a hole tells whether it was one. */
const AFTER_HOPS = 2;
const CAPACITY_HOPS = 12;

/** Told of each hop once as much sound after it is known as is needed. */
export interface HopListener {
  /** The hop stands in `samples` from `from` on; `at` is its first sample's place in the whole track. */
  hop(samples: Int16Array, from: number, at: number): void;
}

/**
 * Cuts a track into hops of 10 ms counted from the first sample, whatever the pieces in which it comes, and shows each hop
 * with 50 ms before and 20 ms after it. The last 20 ms of a track are therefore never examined.
 */
export class DropoutWindow {
  readonly hopSamples: number;
  private readonly samples: Int16Array;
  /** Where the next sample goes. */
  private end: number;
  /** Where the next hop to be shown begins. */
  private next: number;
  private at = 0;

  constructor(
    sampleRate: number,
    private readonly listener: HopListener,
  ) {
    this.hopSamples = Math.round((sampleRate * GRID_MS) / 1000);
    this.samples = new Int16Array(CAPACITY_HOPS * this.hopSamples);
    this.end = BEFORE_HOPS * this.hopSamples;
    this.next = this.end;
  }

  push(samples: Int16Array): void {
    let taken = 0;
    while (taken < samples.length) {
      if (this.end === this.samples.length) this.makeRoom();
      const count = Math.min(samples.length - taken, this.samples.length - this.end);
      if (count === samples.length) {
        this.samples.set(samples, this.end);
      } else {
        for (let i = 0; i < count; i++) this.samples[this.end + i] = samples[taken + i]!;
      }
      taken += count;
      this.end += count;
      this.show();
    }
  }

  private show(): void {
    const needed = (1 + AFTER_HOPS) * this.hopSamples;
    while (this.end - this.next >= needed) {
      this.listener.hop(this.samples, this.next, this.at);
      this.next += this.hopSamples;
      this.at += this.hopSamples;
    }
  }

  private makeRoom(): void {
    const keepFrom = this.next - BEFORE_HOPS * this.hopSamples;
    this.samples.copyWithin(0, keepFrom, this.end);
    this.end -= keepFrom;
    this.next -= keepFrom;
  }
}
