import type { Kysely } from 'kysely';
import type { Database } from '#libs/store';
import { NOBODY_CALLED } from './errors.js';

/** From here to the end of the transaction nobody else changes the day. */
export async function holdDay(tx: Kysely<Database>, at: number): Promise<string> {
  const day = dayOf(at);
  await addToDay(tx, day, 0);
  return day;
}

export async function addToDay(tx: Kysely<Database>, day: string, usd: number): Promise<void> {
  await tx
    .insertInto('dial_days')
    .values({ day, usd })
    .onConflict((conflict) =>
      conflict.column('day').doUpdateSet(({ eb }) => ({ usd: eb('dial_days.usd', '+', usd) })),
    )
    .execute();
}

export async function attemptsAt(db: Kysely<Database>, number: string, day: string): Promise<number> {
  const { count } = await db
    .selectFrom('dial_attempts')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('to_number', '=', number)
    .where('day', '=', day)
    .where(({ eb, or }) => or([eb('code', 'is', null), eb('code', 'not in', [...NOBODY_CALLED])]))
    .executeTakeFirstOrThrow();
  return count;
}

/** Money is added and taken away again as fractions; a limit is not passed by what that leaves. */
export function isOver(usd: number, most: number): boolean {
  return usd > most + 1e-6;
}

export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
