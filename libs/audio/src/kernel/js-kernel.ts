import type { FilterPlan } from '../resampler/filter-plan.js';
import { COEFFICIENTS_AT, FirKernel, type RunFilter } from './kernel.js';

/** The plain twin of the WebAssembly kernel: for machines without vector instructions, and the tests' yardstick. */
export class JsKernel extends FirKernel {
  constructor() {
    super(new ArrayBuffer(COEFFICIENTS_AT));
  }

  protected prepare(plan: FilterPlan): RunFilter {
    const { input, output } = this;
    const { up, down, taps, coefficients, scale } = plan;
    return (first, outputs) => {
      for (let k = 0, at = first; k < outputs; k++, at += down) {
        const oldest = Math.floor(at / up);
        const phase = (at % up) * taps;
        // A quarter of a sum stays within 32 bits, which is quick; the whole may not, and is formed in doubles.
        let s0 = 0;
        let s1 = 0;
        let s2 = 0;
        let s3 = 0;
        for (let t = 0; t < taps; t += 4) {
          s0 = (s0 + Math.imul(coefficients[phase + t]!, input[oldest + t]!)) | 0;
          s1 = (s1 + Math.imul(coefficients[phase + t + 1]!, input[oldest + t + 1]!)) | 0;
          s2 = (s2 + Math.imul(coefficients[phase + t + 2]!, input[oldest + t + 2]!)) | 0;
          s3 = (s3 + Math.imul(coefficients[phase + t + 3]!, input[oldest + t + 3]!)) | 0;
        }
        const rounded = Math.floor((s0 + s1 + s2 + s3) * scale + 0.5);
        output[k] = Math.max(-32768, Math.min(32767, rounded));
      }
    };
  }
}
