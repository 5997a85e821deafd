import type { Kysely } from 'kysely';
import type { DialOutcome, DialState } from '#libs/contracts';
import type { Database, DialOrderTable } from '#libs/store';
import { holdAttempt, recount } from './dial-money.js';
import { statesBefore, UNDER_WAY } from './order-state.js';
import type { Retry } from './retry-plan.js';

/** How an attempt ended. */
export interface Ending {
  readonly outcome: DialOutcome;
  readonly code: string | null;
  readonly at: number;
  /** What it has cost; null: nobody knows, what was counted stays. */
  readonly usd: number | null;
  /** Null: the order is over. Without effect where somebody has cancelled it. */
  readonly retry: Retry | null;
}

/** Ends an attempt in a transaction and settles its money. Null: it was over already. */
export async function finishIn(
  tx: Kysely<Database>,
  row: DialOrderTable,
  ending: Ending,
): Promise<DialOrderTable | null> {
  const attempt = await holdAttempt(tx, row);
  const now = await tx
    .selectFrom('dial_orders')
    .select('cancelled_by')
    .where('order_id', '=', row.order_id)
    .executeTakeFirst();
  const retry = now?.cancelled_by == null ? ending.retry : null;
  const to: DialState = retry === null ? 'over' : 'queued';
  const finished = await tx
    .updateTable('dial_orders')
    .set({
      state: to,
      outcome: ending.outcome,
      code: ending.code,
      owner: null,
      ...(retry === null
        ? { over_at: ending.at }
        : { due_at: retry.dueAt, retries: JSON.stringify(retry.retries) }),
    })
    .where('order_id', '=', row.order_id)
    .where('attempts', '=', row.attempts)
    .where(
      'state',
      'in',
      [...statesBefore(to)].filter((state) => UNDER_WAY.includes(state)),
    )
    .returningAll()
    .executeTakeFirst();
  if (finished === undefined) return null;
  if (attempt !== undefined) {
    const { outcome, code, usd, at } = ending;
    await recount(tx, attempt, { usd: usd ?? attempt.usd, outcome, code }, at);
  }
  return finished;
}
