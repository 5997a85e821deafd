declare module 'fft.js' {
  /** A transform of `size` points, a power of two; spectra are interleaved real and imaginary parts. */
  export default class FFT {
    constructor(size: number);
    /** Only the first half of `out` is written, since the other half mirrors it. */
    realTransform(out: Float64Array, data: Float64Array): void;
    /** From and to interleaved complex numbers. */
    transform(out: Float64Array, data: Float64Array): void;
    /** Scaled, so that it undoes `transform`. */
    inverseTransform(out: Float64Array, data: Float64Array): void;
  }
}
