/** Of samples[from] up to but not samples[end], from `offset`. */
export function meanMagnitude(samples: Int16Array, from: number, end: number, offset = 0): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum += Math.abs(samples[i]! - offset);
  return sum / (end - from);
}

/** Below this mean magnitude (about -57 dBov) nothing is taken for speech. */
const QUIETEST = 40;
const RISE = 0.2;
const FALL = 0.002;
/** Hops this much below the level of speech are pauses, and do not pull it down. */
const PAUSE = 0.1;

/** So many samples tell enough of a hop of 10 ms. */
const READ_A_HOP = 20;
/** Until so many hops have come, the offset is the mean of all; then it forgets. */
const OFFSET_HOPS = 200;

/** How loud the speech of a track is, as a mean magnitude: quick to rise and slow to fall. */
export class DropoutLevel {
  speech = QUIETEST;
  /** Of the hop noted last. */
  hop = 0;
  /** What the sound swings about, in whole steps. */
  offset = 0;
  private exact = QUIETEST;
  private mean = 0;
  private hops = 0;

  /** `length`: of the hop, at least 20 samples. */
  note(samples: Int16Array, from: number, length: number): void {
    const offset = this.offset;
    let sum = 0;
    let magnitudes = 0;
    const stride = Math.floor(length / READ_A_HOP);
    const end = from + READ_A_HOP * stride;
    for (let i = from; i < end; i += stride) {
      const sample = samples[i]!;
      sum += sample;
      magnitudes += Math.abs(sample - offset);
    }
    const hop = magnitudes / READ_A_HOP;
    if (this.hops < OFFSET_HOPS) this.hops++;
    this.mean += (sum / READ_A_HOP - this.mean) / this.hops;
    const difference = hop - this.exact;
    if (difference > 0) this.exact += RISE * difference;
    else if (hop > PAUSE * this.exact) this.exact = Math.max(QUIETEST, this.exact + FALL * difference);
    // Whole numbers are passed on without a box on the heap.
    this.hop = Math.round(hop) | 0;
    this.offset = Math.round(this.mean) | 0;
    this.speech = Math.round(this.exact) | 0;
  }
}
