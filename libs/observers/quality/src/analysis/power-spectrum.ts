import FFT from 'fft.js';
import type { SampleRing } from './sample-ring.js';

/** Blackman-Harris with four terms: side lobes at -92 dB, a main lobe of four bins to either side. */
const TERMS = [0.35875, -0.48829, 0.14128, -0.01168];

export const LOBE_BINS = 4;

/** Power spectrum of the last samples of a ring. One for all tracks: the result stands until the next transform. */
export class PowerSpectrum {
  /** From 0 Hz to just below the Nyquist frequency; a sine's lobe adds up to about its mean square. */
  readonly bins: Float64Array;
  private readonly fft: FFT;
  private readonly window: Float64Array;
  private readonly input: Float64Array;
  private readonly output: Float64Array;

  constructor(readonly size: number) {
    this.fft = new FFT(size);
    this.window = windowOf(size);
    this.input = new Float64Array(size);
    this.output = new Float64Array(2 * size);
    this.bins = new Float64Array(size / 2);
  }

  transform(ring: SampleRing): Float64Array {
    const { size, input, output, window, bins } = this;
    const { samples, mask } = ring;
    const from = ring.at - size;
    for (let i = 0; i < size; i++) input[i] = samples[(from + i) & mask]! * window[i]!;
    this.fft.realTransform(output, input);
    for (let k = 0; k < bins.length; k++) {
      const re = output[2 * k]!;
      const im = output[2 * k + 1]!;
      bins[k] = re * re + im * im;
    }
    return bins;
  }
}

function windowOf(size: number): Float64Array {
  const window = Float64Array.from({ length: size }, (_, i) =>
    TERMS.reduce((sum, term, k) => sum + term * Math.cos((2 * Math.PI * k * i) / size), 0),
  );
  const energy = window.reduce((sum, value) => sum + value * value, 0);
  // Both halves of the spectrum count in the half that is kept.
  const scale = Math.sqrt(2 / (energy * size));
  return window.map((value) => value * scale);
}
