/** Zero crossings of the filter on each side, at the lower of the two rates. */
const HALF_WIDTH = 24;
/** Of the Kaiser window: the stop band is about 80 dB down. */
const BETA = 8;
/** The pass band ends a little before half the lower rate, so that the filter has room to fall. */
const ROLL_OFF = 0.93;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-10; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * Converts one stream between any two rates with a windowed-sinc filter, in pieces of any size: the cutting changes nothing.
 * Equal rates pass through untouched.
 */
export class Resampler {
  private readonly phases: number;
  private readonly advance: number;
  private readonly taps: number;
  /** Filter of each phase, one after the other. */
  private readonly coefficients: Float32Array;
  /** The newest samples, `taps` of them and then what was pushed. */
  private line: Float32Array;
  private held: number;
  /** Place of the next output in steps of `1 / phases` input samples, from the start of `line`. */
  private place = 0;

  constructor(
    readonly fromRate: number,
    readonly toRate: number,
  ) {
    const divisor = greatestCommonDivisor(fromRate, toRate);
    this.phases = toRate / divisor;
    this.advance = fromRate / divisor;
    const cutOff = Math.min(1, toRate / fromRate) * ROLL_OFF;
    const reach = Math.ceil(HALF_WIDTH / cutOff);
    this.taps = 2 * reach;
    this.coefficients = new Float32Array(this.phases * this.taps);
    for (let phase = 0; phase < this.phases; phase++) this.design(phase, reach, cutOff);
    this.held = this.taps - 1;
    this.line = new Float32Array(this.held + 4096);
  }

  /** New samples that the caller owns, none while the input does not fill one. */
  resample(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    if (this.fromRate === this.toRate) return samples;
    this.append(samples);
    const { phases, advance, taps, line } = this;
    const end = (this.held - taps + 1) * phases;
    const count = Math.max(0, Math.ceil((end - this.place) / advance));
    const result = new Float32Array(count);
    for (let i = 0; i < count; i++, this.place += advance) {
      const at = Math.floor(this.place / phases);
      const filter = (this.place - at * phases) * taps;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += line[at + k]! * this.coefficients[filter + k]!;
      result[i] = sum;
    }
    this.forget();
    return result;
  }

  /** Forgets the sound so far: the next piece begins a new stream. */
  reset(): void {
    this.line.fill(0);
    this.held = this.taps - 1;
    this.place = 0;
  }

  private design(phase: number, reach: number, cutOff: number): void {
    const { taps, phases, coefficients } = this;
    const from = phase * taps;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const x = k - (reach - 1) - phase / phases;
      const window = Math.abs(x) < reach ? bessel0(BETA * Math.sqrt(1 - (x / reach) ** 2)) : 0;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutOff * x) / (Math.PI * cutOff * x);
      sum += coefficients[from + k] = window * sinc;
    }
    for (let k = 0; k < taps; k++) coefficients[from + k]! /= sum;
  }

  private append(samples: Float32Array): void {
    const needed = this.held + samples.length;
    if (needed > this.line.length) {
      const longer = new Float32Array(2 * needed);
      longer.set(this.line.subarray(0, this.held));
      this.line = longer;
    }
    this.line.set(samples, this.held);
    this.held = needed;
  }

  private forget(): void {
    const used = Math.min(Math.floor(this.place / this.phases), this.held);
    this.line.copyWithin(0, used, this.held);
    this.held -= used;
    this.place -= used * this.phases;
  }
}
