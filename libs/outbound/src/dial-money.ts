import type { Kysely } from 'kysely';
import type { Database, DialAttemptTable, DialOrderTable } from '#libs/store';
import { addToDay, dayOf } from './dial-days.js';

type Attempted = Pick<DialOrderTable, 'order_id' | 'attempts'>;

/** The attempt as it is now, and its day held: until the end of the transaction nobody else changes either. */
export async function holdAttempt(
  tx: Kysely<Database>,
  row: Attempted,
): Promise<DialAttemptTable | undefined> {
  const attempt = await attemptOf(tx, row);
  if (attempt === undefined) return undefined;
  // The day comes first in every change, the older one before the later, so that no two wait for each other.
  await addToDay(tx, attempt.day, 0);
  return attemptOf(tx, row);
}

/** Counts what an attempt that runs costs by now, at least. Resolves with what is counted. */
export async function raiseIn(
  tx: Kysely<Database>,
  row: Attempted,
  usd: number,
  at: number,
): Promise<number> {
  const attempt = await holdAttempt(tx, row);
  if (attempt === undefined) return usd;
  if (attempt.outcome !== null || attempt.usd >= usd) return attempt.usd;
  await recount(tx, attempt, { usd }, at);
  return usd;
}

/**
 * What an attempt costs more than was counted is money of the day on which that becomes known; what was set aside in vain goes back to
 * the day of its claim.
 */
export async function recount(
  tx: Kysely<Database>,
  attempt: DialAttemptTable,
  now: Partial<DialAttemptTable> & { readonly usd: number },
  at: number,
): Promise<void> {
  const more = now.usd - attempt.usd;
  await addToDay(tx, more > 0 ? dayOf(at) : attempt.day, more);
  await tx
    .updateTable('dial_attempts')
    .set(now)
    .where('order_id', '=', attempt.order_id)
    .where('attempt', '=', attempt.attempt)
    .execute();
}

async function attemptOf(tx: Kysely<Database>, row: Attempted): Promise<DialAttemptTable | undefined> {
  return tx
    .selectFrom('dial_attempts')
    .selectAll()
    .where('order_id', '=', row.order_id)
    .where('attempt', '=', row.attempts)
    .executeTakeFirst();
}
