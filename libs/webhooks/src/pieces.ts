import { setImmediate as breath } from 'node:timers/promises';
import type { OpenDatabase } from '#libs/store';

/** Rows of one statement: few milliseconds of the embedded database, which runs on the thread that carries the sound. */
export const AT_ONCE = 200;

/** Ids of the next piece; to be narrowed down. */
export function rowsWhere(db: OpenDatabase['db']) {
  return db.selectFrom('webhook_outbox').select('delivery_id').limit(AT_ONCE);
}

export function remove(db: OpenDatabase['db'], rows: ReturnType<typeof rowsWhere>): Promise<number> {
  return inPieces(() =>
    db
      .deleteFrom('webhook_outbox')
      .where('delivery_id', 'in', rows)
      .executeTakeFirstOrThrow()
      .then(({ numDeletedRows }) => Number(numDeletedRows)),
  );
}

/** One statement after the other, with the calls' turn in between. `change` answers how many rows it has changed. */
export async function inPieces(change: () => Promise<number>): Promise<number> {
  let changed = 0;
  for (;;) {
    const count = await change();
    changed += count;
    // Not from a smaller piece on: another process may have taken part of it.
    if (count === 0) return changed;
    await breath();
  }
}
