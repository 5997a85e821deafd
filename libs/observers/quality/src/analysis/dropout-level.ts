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

/** Until so many hops have come, the offset is the mean of all; then it forgets. */
const OFFSET_HOPS = 200;

/** How loud the speech of a track is, as a mean magnitude: quick to rise and slow to fall. */
export class DropoutLevel {
  speech = QUIETEST;
  /** Of the hop noted last. */
  hop = 0;
  /** What the sound swings about, in whole steps. */
  offset = 0;
  private mean = 0;
  private hops = 0;

  /** Every fourth sample is enough. */
  note(samples: Int16Array, from: number, length: number): void {
    const offset = this.offset;
    let sum = 0;
    let magnitudes = 0;
    for (let i = from; i < from + length; i += 4) {
      const sample = samples[i]!;
      sum += sample;
      magnitudes += sample < offset ? offset - sample : sample - offset;
    }
    this.hop = (4 * magnitudes) / length;
    if (this.hops < OFFSET_HOPS) this.hops++;
    this.mean += ((4 * sum) / length - this.mean) / this.hops;
    this.offset = Math.round(this.mean);
    const difference = this.hop - this.speech;
    if (difference > 0) this.speech += RISE * difference;
    else if (this.hop > PAUSE * this.speech)
      this.speech = Math.max(QUIETEST, this.speech + FALL * difference);
  }
}
