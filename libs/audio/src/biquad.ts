/** A recursive filter of second order, in transposed direct form II. */
export class Biquad {
  private z1 = 0;
  private z2 = 0;

  private constructor(
    private readonly b0: number,
    private readonly b1: number,
    private readonly b2: number,
    private readonly a1: number,
    private readonly a2: number,
  ) {}

  static highPass(sampleRate: number, cutoffHz: number, q: number): Biquad {
    const omega = (2 * Math.PI * cutoffHz) / sampleRate;
    const alpha = Math.sin(omega) / (2 * q);
    const a0 = 1 + alpha;
    const edge = (1 + Math.cos(omega)) / 2 / a0;
    return new Biquad(edge, -2 * edge, edge, (-2 * Math.cos(omega)) / a0, (1 - alpha) / a0);
  }

  step(x: number): number {
    const y = this.b0 * x + this.z1;
    this.z1 = this.b1 * x - this.a1 * y + this.z2;
    this.z2 = this.b2 * x - this.a2 * y;
    return y;
  }
}
