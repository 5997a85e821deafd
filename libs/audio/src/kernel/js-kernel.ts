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
        // The sum may leave 32 bits; as a double it is exact.
        let sum = 0;
        for (let t = 0; t < taps; t++) sum += coefficients[phase + t]! * input[oldest + t]!;
        output[k] = Math.max(-32768, Math.min(32767, Math.floor(sum * scale + 0.5)));
      }
    };
  }
}
