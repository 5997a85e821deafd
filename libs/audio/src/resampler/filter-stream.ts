import type { FirKernel, RunFilter } from '../kernel/kernel.js';
import type { FilterPlan } from './filter-plan.js';

/**
 * One stream's place within a conversion: a few samples of history, nothing to release. The caller puts fresh samples into
 * `kernel.input` from `lead` on, calls `advance`, and takes the result out of `kernel.output` before any other stream runs.
 */
export class FilterStream {
  /** Where fresh samples begin in `kernel.input`. */
  readonly lead: number;
  private readonly history: Int16Array;
  private readonly run: RunFilter;
  private readonly up: number;
  private readonly down: number;
  /** Where the next output stands, at the common rate, from the next fresh sample on. */
  private next: number;

  constructor(
    readonly kernel: FirKernel,
    plan: FilterPlan,
  ) {
    this.lead = plan.taps - 1;
    this.history = new Int16Array(this.lead);
    this.run = kernel.runner(plan);
    this.up = plan.up;
    this.down = plan.down;
    this.next = plan.down - 1;
  }

  /** How many samples will come out when `count` go in, in one block or several. */
  outputsOf(count: number): number {
    const end = count * this.up;
    return this.next < end ? Math.ceil((end - this.next) / this.down) : 0;
  }

  /** Takes `count` fresh samples, at most BLOCK_SAMPLES. Returns how many came out. */
  advance(count: number): number {
    const input = this.kernel.input;
    const outputs = this.outputsOf(count);
    input.set(this.history);
    if (outputs > 0) this.run(this.next, outputs);
    this.next += outputs * this.down - count * this.up;
    this.history.set(input.subarray(count, count + this.lead));
    return outputs;
  }
}
