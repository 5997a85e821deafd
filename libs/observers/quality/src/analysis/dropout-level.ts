/** Of samples[from] up to but not samples[end]. */
export function meanMagnitude(samples: Int16Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum += Math.abs(samples[i]!);
  return sum / (end - from);
}

/** Below this mean magnitude (about -57 dBov) nothing is taken for speech. */
const QUIETEST = 40;
const RISE = 0.2;
const FALL = 0.002;
/** Hops this much below the level of speech are pauses, and do not pull it down. */
const PAUSE = 0.1;

/** How loud the speech of a track is, as a mean magnitude: quick to rise and slow to fall. */
export class DropoutLevel {
  speech = QUIETEST;
  /** Of the hop noted last. */
  hop = 0;

  /** Every fourth sample is enough. */
  note(samples: Int16Array, from: number, length: number): void {
    let sum = 0;
    for (let i = from; i < from + length; i += 4) sum += Math.abs(samples[i]!);
    this.hop = (4 * sum) / length;
    const difference = this.hop - this.speech;
    if (difference > 0) this.speech += RISE * difference;
    else if (this.hop > PAUSE * this.speech)
      this.speech = Math.max(QUIETEST, this.speech + FALL * difference);
  }
}
