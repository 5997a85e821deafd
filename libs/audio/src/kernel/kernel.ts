import type { FilterPlan } from '../resampler/filter-plan.js';

/** Most fresh samples that one run takes. */
export const BLOCK_SAMPLES = 1024;

/** Room for the longest history (48 to 8 kHz), a block, and what the vector code reads past its end. */
export const INPUT_ROOM = 168 + BLOCK_SAMPLES + 16;

/** Room for a block raised by six, and for what the vector code writes past its end. */
export const OUTPUT_ROOM = 6 * BLOCK_SAMPLES + 32;

/** A plan made ready for one kernel. */
export type RunFilter = (first: number, outputs: number) => void;

/**
 * The arithmetic of the resampler, without state: all streams share its two arrays, each for the length of one call.
 * There are two kernels, in WebAssembly and in JavaScript, and they agree to the last bit.
 */
export interface FirKernel {
  /** `plan.taps - 1` samples of history, then fresh ones. */
  readonly input: Int16Array;
  readonly output: Int16Array;
  /**
   * The returned function writes `outputs` samples. The first stands at `first`, counted at the common rate from the
   * first fresh sample.
   */
  prepare(plan: FilterPlan): RunFilter;
}
