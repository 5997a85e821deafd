/** Steps smaller than this are not heard as a click. */
const INAUDIBLE_STEP = 0.002;
const BRIDGE_MS = 2.5;

/**
 * Smooths the one step where sound breaks off or begins in the middle: the step is carried on and let fade out. Sound that
 * begins or ends near silence is not touched.
 */
export class Declick {
  private readonly length: number;
  private step = 0;
  private left = 0;
  private last = 0;

  constructor(sampleRate: number) {
    this.length = Math.round((BRIDGE_MS * sampleRate) / 1000);
  }

  /** What comes next does not follow what went before; its first sample will be `next`. */
  breaks(next: number): void {
    this.step = this.last - next;
    this.left = Math.abs(this.step) < INAUDIBLE_STEP ? 0 : this.length;
  }

  /** Each sample of the stream passes here once, in order. */
  apply(samples: Float32Array, from: number, to: number): void {
    for (let i = from; i < to && this.left > 0; i++, this.left--) {
      samples[i]! += (this.step * this.left) / this.length;
    }
    if (to > from) this.last = samples[to - 1]!;
  }
}
