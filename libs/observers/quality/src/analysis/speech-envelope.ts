/** Time constant of the two smoothing stages (ITU-T P.56, method B). */
const TIME_CONSTANT_MS = 30;

/** Envelope of ITU-T P.56: the magnitude through two equal exponential smoothers, here in steps of one block. */
export class SpeechEnvelope {
  /** Of the magnitudes, and the highest since it was last set to 0. */
  value = Number.MIN_VALUE;
  highest = Number.MIN_VALUE;
  private readonly gain: number;
  private readonly weight: number;
  private first = Number.MIN_VALUE;

  constructor(blockMs: number, blockSamples: number) {
    this.gain = 1 - Math.exp(-blockMs / TIME_CONSTANT_MS);
    this.weight = 1 / blockSamples;
  }

  /** The sum of a block's magnitudes. */
  step(magnitudes: number): void {
    const first = this.first + this.gain * (magnitudes * this.weight - this.first);
    const value = this.value + this.gain * (first - this.value);
    this.first = first;
    this.value = value;
    if (value > this.highest) this.highest = value;
  }
}
