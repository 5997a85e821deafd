import type { Kysely } from 'kysely';
import type { Database, DialOrderTable } from '#libs/store';
import { addToDay, attemptsAt, holdDay, isOver } from './dial-days.js';
import { UNDER_WAY } from './order-state.js';

export interface Claim {
  readonly row: DialOrderTable;
  readonly owner: string;
  readonly at: number;
  readonly leaseMs: number;
  readonly usd: number;
  readonly mostUnderWay: number;
  readonly mostUsd: number;
  readonly mostPerNumber: number;
}

/** `full`: as many calls as may be are under way. `gone`: somebody else has it. */
export type Claimed = DialOrderTable | 'full' | 'gone' | 'spend' | 'too-often';

/**
 * Decides in a transaction that a process makes the next attempt, and sets its money aside. Who holds the day has it alone until the
 * commit, so limits hold over all processes.
 */
export async function claimIn(
  tx: Kysely<Database>,
  { row, owner, at, leaseMs, usd, ...most }: Claim,
): Promise<Claimed> {
  const day = await holdDay(tx, at);
  const { count } = await tx
    .selectFrom('dial_orders')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('state', 'in', [...UNDER_WAY])
    .executeTakeFirstOrThrow();
  if (count >= most.mostUnderWay) return 'full';
  const spent = await tx
    .selectFrom('dial_days')
    .select('usd')
    .where('day', '=', day)
    .executeTakeFirstOrThrow();
  if (isOver(spent.usd + usd, most.mostUsd)) return 'spend';
  if ((await attemptsAt(tx, row.to_number, day)) >= most.mostPerNumber) return 'too-often';
  const claimed = await tx
    .updateTable('dial_orders')
    .set({
      state: 'dialling',
      attempts: row.attempts + 1,
      owner,
      lease_until: at + leaseMs,
      claimed_at: at,
      receipt: null,
      answered_at: null,
      callee: null,
      call_id: null,
      outcome: null,
      code: null,
    })
    .where('order_id', '=', row.order_id)
    .where('state', '=', 'queued')
    .where('attempts', '=', row.attempts)
    .returningAll()
    .executeTakeFirst();
  if (claimed === undefined) return 'gone';
  await addToDay(tx, day, usd);
  await tx
    .insertInto('dial_attempts')
    .values({
      order_id: row.order_id,
      attempt: claimed.attempts,
      day,
      to_number: row.to_number,
      claimed_at: at,
      usd,
      outcome: null,
      code: null,
    })
    .execute();
  return claimed;
}
