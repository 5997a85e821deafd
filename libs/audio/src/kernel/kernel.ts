import type { FilterPlan } from '../resampler/filter-plan.js';

/** Most fresh samples that one run takes: 200 ms at 24 kHz. */
export const BLOCK_SAMPLES = 4800;

/** What the vector code may read past the last sample of a block. */
const READ_AHEAD_SAMPLES = 48;
/** What it may write past the last output. */
const WRITE_AHEAD_SAMPLES = 48;
/** The longest history belongs to 48 -> 8 kHz. */
const HISTORY_SAMPLES = 168;
const LARGEST_RAISE = 6;

const INPUT_BYTES = 2 * (HISTORY_SAMPLES + BLOCK_SAMPLES + READ_AHEAD_SAMPLES);
const OUTPUT_BYTES = 2 * (LARGEST_RAISE * BLOCK_SAMPLES + WRITE_AHEAD_SAMPLES);
const WIRE_BYTES = LARGEST_RAISE * BLOCK_SAMPLES;

/** Where the kernel's arrays lie in its memory; coefficients follow. */
export const INPUT_AT = 0;
export const OUTPUT_AT = INPUT_AT + INPUT_BYTES;
const WIRE_AT = OUTPUT_AT + OUTPUT_BYTES;
export const COEFFICIENTS_AT = WIRE_AT + WIRE_BYTES;

/** Runs one plan: writes `outputs` samples, the first standing at `first`, counted at the common rate. */
export type RunFilter = (first: number, outputs: number) => void;

/**
 * The arithmetic of the resampler, without state of any stream. All streams share its arrays, each for the length of one
 * synchronous call. There are two kernels, in WebAssembly and in JavaScript, and they agree to the last bit.
 */
export abstract class FirKernel {
  /** `plan.taps - 1` samples of history, then fresh ones. */
  readonly input: Int16Array;
  readonly output: Int16Array;
  /** The same memory as bytes, to read base64 into and to write it from. */
  readonly inputBytes: Buffer;
  readonly outputBytes: Buffer;
  /** G.711 codes before they are decoded or after they are encoded. */
  readonly wire: Buffer;

  private readonly prepared = new Map<FilterPlan, RunFilter>();

  protected constructor(protected readonly memory: ArrayBuffer) {
    this.input = new Int16Array(memory, INPUT_AT, INPUT_BYTES / 2);
    this.output = new Int16Array(memory, OUTPUT_AT, OUTPUT_BYTES / 2);
    this.inputBytes = Buffer.from(memory, INPUT_AT, INPUT_BYTES);
    this.outputBytes = Buffer.from(memory, OUTPUT_AT, OUTPUT_BYTES);
    this.wire = Buffer.from(memory, WIRE_AT, WIRE_BYTES);
  }

  runner(plan: FilterPlan): RunFilter {
    let run = this.prepared.get(plan);
    if (run === undefined) {
      run = this.prepare(plan);
      this.prepared.set(plan, run);
    }
    return run;
  }

  /** Called once for each plan of the process. */
  protected abstract prepare(plan: FilterPlan): RunFilter;
}
