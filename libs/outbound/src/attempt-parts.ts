import type { CallDesk, Clock, Dialler, DialOutcome, EventSink, Log } from '#libs/contracts';
import type { DialOrderTable } from '#libs/store';
import type { Attempt } from './attempt.js';
import type { DialBook } from './dial-book.js';
import type { OutboundConfig } from './outbound.config.js';
import type { RetryPlan } from './retry-plan.js';
import type { TollGuard } from './toll-guard.js';

export interface AttemptParts {
  readonly book: DialBook;
  readonly config: OutboundConfig;
  readonly guard: TollGuard;
  readonly plan: RetryPlan;
  readonly calls: CallDesk;
  readonly events: EventSink;
  readonly log: Log;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly diallers: () => ReadonlyMap<string, Dialler>;
  /** It is over and the database knows. */
  readonly onGone: (attempt: Attempt) => void;
}

export function publishDial(events: EventSink, row: DialOrderTable): void {
  events.publish('dial.changed', {
    orderId: row.order_id,
    state: row.state,
    outcome: row.outcome as DialOutcome | null,
    code: row.code,
    attempt: row.attempts,
  });
}
