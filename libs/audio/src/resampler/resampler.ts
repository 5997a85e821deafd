import { BLOCK_SAMPLES, type FirKernel } from '../kernel/kernel.js';
import { sharedKernel } from '../kernel/shared-kernel.js';
import { filterPlan } from './filter-plan.js';
import { FilterStream } from './filter-stream.js';

/**
 * Converts one stream between 8, 16, 24 and 48 kHz in a single step. The result does not depend on how the input is cut:
 * the same samples in pieces of any size give the same samples. Sound beyond full scale saturates.
 */
export class Resampler {
  /** By how much the sound itself comes later. */
  readonly delayMs: number;
  private readonly stream: FilterStream;

  /** The rates must differ. Throws GatewayError AUDIO_RATE_UNSUPPORTED. */
  constructor(
    readonly fromRate: number,
    readonly toRate: number,
    kernel: FirKernel = sharedKernel,
  ) {
    const plan = filterPlan(fromRate, toRate);
    this.delayMs = plan.delayMs;
    this.stream = new FilterStream(kernel, plan);
  }

  /** Returns new samples that the caller owns, none while the input does not fill an output sample. */
  resample(samples: Int16Array): Int16Array {
    const { stream } = this;
    const { kernel, lead } = stream;
    const result = new Int16Array(stream.outputsOf(samples.length));
    let length = 0;
    for (let from = 0; from < samples.length; from += BLOCK_SAMPLES) {
      const block = samples.subarray(from, from + BLOCK_SAMPLES);
      kernel.input.set(block, lead);
      const outputs = stream.advance(block.length);
      result.set(kernel.output.subarray(0, outputs), length);
      length += outputs;
    }
    return result;
  }
}
