import { setImmediate as breath } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Database } from './schema.js';

/** A few rows at a time: the embedded database works on the thread that carries the sound. 250 are about two milliseconds. */
const ROWS_AT_ONCE = 250;
/** Calls have long rows, and indexes that change with them. */
const CALLS_AT_ONCE = 50;

/**
 * Deletes who spoke and what was said, and keeps the figures. What still comes of a call that runs on is refused: RecordWriter. In many
 * small steps; where it is broken off between them, or `others` rejects, `forget_at` stays due and the next sweep goes on.
 *
 * `others`: forget these calls, too, once nothing more of them is taken.
 */
export async function forget(
  db: Kysely<Database>,
  callIds: readonly string[],
  nowAt: number,
  others: (callIds: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (let at = 0; at < callIds.length; at += CALLS_AT_ONCE) {
    const some = callIds.slice(at, at + CALLS_AT_ONCE);
    // First, so that one who is writing is waited for and what he wrote is seen.
    await db
      .updateTable('calls')
      .set({ from_party: null, to_party: null, forgotten_at: nowAt, forget_at: nowAt })
      .where('call_id', 'in', some)
      .execute();
    await breath();
  }
  if (callIds.length > 0) await others(callIds);
  for (const callId of callIds) {
    await emptied(() => deleteLines(db, callId));
    await emptied(() => deleteEntries(db, callId));
    await db.updateTable('calls').set({ forget_at: null }).where('call_id', '=', callId).execute();
  }
}

async function emptied(step: () => Promise<bigint>): Promise<void> {
  while ((await step()) === BigInt(ROWS_AT_ONCE)) await breath();
  await breath();
}

async function deleteLines(db: Kysely<Database>, callId: string): Promise<bigint> {
  const some = db
    .selectFrom('transcript_items')
    .select('item_id')
    .where('call_id', '=', callId)
    .orderBy('item_id')
    .limit(ROWS_AT_ONCE);
  const { numDeletedRows } = await db
    .deleteFrom('transcript_items')
    .where('call_id', '=', callId)
    .where('item_id', 'in', some)
    .executeTakeFirstOrThrow();
  return numDeletedRows;
}

async function deleteEntries(db: Kysely<Database>, callId: string): Promise<bigint> {
  const some = db
    .selectFrom('journal')
    .select('seq')
    .where('call_id', '=', callId)
    .orderBy('seq')
    .limit(ROWS_AT_ONCE);
  const { numDeletedRows } = await db
    .deleteFrom('journal')
    .where('call_id', '=', callId)
    .where('seq', 'in', some)
    .executeTakeFirstOrThrow();
  return numDeletedRows;
}
