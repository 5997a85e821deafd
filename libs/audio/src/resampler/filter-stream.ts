import type { FirKernel, RunFilter } from '../kernel/kernel.js';
import type { FilterPlan } from './filter-plan.js';

/**
 * One stream's place within a conversion. The caller puts fresh samples into `kernel.input` from `lead` on, calls
 * `advance`, and takes the result out of `kernel.output` before any other stream runs.
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
    this.run = kernel.prepare(plan);
    this.up = plan.up;
    this.down = plan.down;
    this.next = plan.down - 1;
  }

  /** Takes `count` fresh samples, at most BLOCK_SAMPLES. Returns how many came out. */
  advance(count: number): number {
    const { history, lead, up, down } = this;
    const input = this.kernel.input;
    for (let i = 0; i < lead; i++) input[i] = history[i]!;
    const end = count * up;
    const outputs = this.next < end ? Math.ceil((end - this.next) / down) : 0;
    if (outputs > 0) this.run(this.next, outputs);
    this.next += outputs * down - end;
    for (let i = 0; i < lead; i++) history[i] = input[count + i]!;
    return outputs;
  }
}
