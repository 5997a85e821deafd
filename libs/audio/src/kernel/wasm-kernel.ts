import type { FilterPlan } from '../resampler/filter-plan.js';
import { COEFFICIENTS_AT, FirKernel, INPUT_AT, OUTPUT_AT, type RunFilter } from './kernel.js';
import { KERNEL_WASM } from './kernel.wasm.js';

/** What libs/audio/assembly/kernel.ts exports. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  interpolateBy3(input: number, positions: number, taps: number, coefficients: number, output: number): void;
  convert(
    input: number,
    first: number,
    outputs: number,
    up: number,
    down: number,
    taps: number,
    coefficients: number,
    scale: number,
    output: number,
  ): void;
}

/** The kernel in vector instructions. */
export class WasmKernel extends FirKernel {
  private coefficientsAt = COEFFICIENTS_AT;

  private constructor(private readonly code: KernelExports) {
    super(code.memory.buffer);
  }

  /** Null where the machine or the runtime has no vector instructions. */
  static load(binary: Uint8Array<ArrayBuffer> = Buffer.from(KERNEL_WASM, 'base64')): WasmKernel | null {
    if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(binary)) return null;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(binary));
    return new WasmKernel(instance.exports as unknown as KernelExports);
  }

  protected prepare(plan: FilterPlan): RunFilter {
    return plan.up === 3 && plan.down === 1 ? this.prepareBy3(plan) : this.prepareRatio(plan);
  }

  private prepareBy3({ taps, coefficients }: FilterPlan): RunFilter {
    const { code } = this;
    const vectors = new Int16Array(taps * 3 * 4);
    let at = 0;
    for (let t = 0; t < taps; t += 2) {
      for (let phase = 0; phase < 3; phase++) {
        for (let lane = 0; lane < 4; lane++) {
          vectors[at++] = coefficients[phase * taps + t]!;
          vectors[at++] = coefficients[phase * taps + t + 1]!;
        }
      }
    }
    const address = this.place(vectors);
    // Nothing is left over between blocks, so the first output always belongs to the first fresh sample.
    return (_first, outputs) => code.interpolateBy3(INPUT_AT, outputs / 3, taps, address, OUTPUT_AT);
  }

  private prepareRatio({ up, down, taps, coefficients, scale }: FilterPlan): RunFilter {
    const { code } = this;
    const address = this.place(coefficients);
    return (first, outputs) =>
      code.convert(INPUT_AT, first, outputs, up, down, taps, address, scale, OUTPUT_AT);
  }

  private place(coefficients: Int16Array): number {
    const address = Math.ceil(this.coefficientsAt / 16) * 16;
    new Int16Array(this.memory, address, coefficients.length).set(coefficients);
    this.coefficientsAt = address + coefficients.byteLength;
    return address;
  }
}
