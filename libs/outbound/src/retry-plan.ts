import type { DialOutcome } from '#libs/contracts';
import type { OutboundConfig } from './outbound.config.js';

/** How often an order was tried again, for each cause. */
export type Retries = Readonly<Partial<Record<DialOutcome | 'not-taken', number>>>;

export interface Retry {
  readonly dueAt: number;
  readonly retries: Retries;
}

/** The platform knew nothing of an attempt that was begun: nobody was called, so it is made again at once, so often. */
const NOT_TAKEN_RETRIES = 3;
const LONGEST_WAIT_MS = 7 * 86_400_000;

/** Whether and when an attempt that came to nothing is made again. */
export class RetryPlan {
  constructor(private readonly config: OutboundConfig) {}

  /** Null: that was the last. */
  after(outcome: DialOutcome | 'not-taken', retries: Retries, nowAt: number): Retry | null {
    const { count, delayMs } = this.rule(outcome);
    const done = retries[outcome] ?? 0;
    if (done >= count) return null;
    return {
      dueAt: nowAt + Math.min(delayMs * 2 ** done, LONGEST_WAIT_MS),
      retries: { ...retries, [outcome]: done + 1 },
    };
  }

  private rule(outcome: DialOutcome | 'not-taken'): { readonly count: number; readonly delayMs: number } {
    const { config } = this;
    if (outcome === 'busy') return { count: config.busyRetries, delayMs: config.busyRetryMs };
    if (outcome === 'no-answer') return { count: config.noAnswerRetries, delayMs: config.noAnswerRetryMs };
    if (outcome === 'failed') return { count: config.failedRetries, delayMs: config.failedRetryMs };
    return { count: outcome === 'not-taken' ? NOT_TAKEN_RETRIES : 0, delayMs: 0 };
  }
}
