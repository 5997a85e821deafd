/** Time constant of the two smoothing stages (ITU-T P.56, method B). */
const TIME_CONSTANT_MS = 30;

/** Envelope of ITU-T P.56: the magnitude through two equal exponential smoothers, here in steps of one block. */
export class SpeechEnvelope {
  private readonly keep: number;
  private first = 0;
  private second = 0;

  constructor(blockMs: number) {
    this.keep = Math.exp(-blockMs / TIME_CONSTANT_MS);
  }

  /** Mean magnitude of one block in, envelope out. */
  step(magnitude: number): number {
    this.first += (1 - this.keep) * (magnitude - this.first);
    this.second += (1 - this.keep) * (this.first - this.second);
    return this.second;
  }
}
