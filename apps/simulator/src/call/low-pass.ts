/** Quality factors of the four sections of a Butterworth filter of the eighth order. */
const SECTIONS = [1, 3, 5, 7].map((k) => 1 / (2 * Math.cos((k * Math.PI) / 16)));

interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly a1: number;
  readonly a2: number;
  first: number;
  second: number;
}

/** Falls by 48 dB an octave above the cut-off frequency, at which it is 3 dB down. */
export class LowPass {
  private readonly sections: readonly Section[];

  /** Throws RangeError unless 0 < cutoffHz < sampleRate / 2. */
  constructor(cutoffHz: number, sampleRate: number) {
    if (!(cutoffHz > 0 && cutoffHz < sampleRate / 2)) {
      throw new RangeError(`A line of ${sampleRate} Hz has no sound to limit at ${cutoffHz} Hz.`);
    }
    this.sections = SECTIONS.map((quality) => section((2 * Math.PI * cutoffHz) / sampleRate, quality));
  }

  run(frame: Float32Array): void {
    for (const part of this.sections) {
      const { b0, b1, a1, a2 } = part;
      let { first, second } = part;
      for (let i = 0; i < frame.length; i++) {
        const sample = frame[i]!;
        const out = b0 * sample + first;
        first = b1 * sample - a1 * out + second;
        second = b0 * sample - a2 * out;
        frame[i] = out;
      }
      part.first = first;
      part.second = second;
    }
  }
}

/** By the bilinear transform, in the transposed second direct form. */
function section(omega: number, quality: number): Section {
  const alpha = Math.sin(omega) / (2 * quality);
  const cos = Math.cos(omega);
  const a0 = 1 + alpha;
  return {
    b0: (1 - cos) / 2 / a0,
    b1: (1 - cos) / a0,
    a1: (-2 * cos) / a0,
    a2: (1 - alpha) / a0,
    first: 0,
    second: 0,
  };
}
