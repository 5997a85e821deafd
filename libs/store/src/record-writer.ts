import { type Kysely, sql, type Transaction } from 'kysely';
import type { OpenDatabase } from './open-database.js';
import type { Row } from './rows.js';
import type { CallTable, Database, JournalTable, TranscriptItemTable } from './schema.js';
import { writeTakeable } from './takeable.js';

/** What a later state of the call does not replace. */
type Lasting = 'call_id' | 'forgotten_at';

/** Puts rows into their tables so that the same row may come any number of times, also late. */
export class RecordWriter {
  constructor(private readonly database: OpenDatabase) {}

  /**
   * All in one transaction. Rows that the database will never take are left out, and what it said about each of them is returned.
   * Rejects when the database is away; nothing or everything was written then.
   */
  write(rows: readonly Row[]): Promise<readonly unknown[]> {
    return writeTakeable(this.database, rows, (some) => this.transact(some));
  }

  private transact(rows: readonly Row[]): Promise<void> {
    const calls = new Map<string, CallTable>();
    const items = new Map<string, TranscriptItemTable>();
    const entries = new Map<string, JournalTable>();
    // One statement may touch a row once.
    for (const { table, row } of rows) {
      if (table === 'calls') calls.set(row.call_id, row);
      else if (table === 'transcript_items') items.set(JSON.stringify([row.call_id, row.item_id]), row);
      else entries.set(JSON.stringify([row.call_id, row.seq]), row);
    }
    return this.database.db.transaction().execute(async (transaction) => {
      const forgotten = await this.forgotten(transaction, new Set(rows.map(({ row }) => row.call_id)));
      const kept = <T extends { call_id: string }>(all: Map<string, T>) =>
        [...all.values()].filter(({ call_id }) => !forgotten.has(call_id));
      await writeCalls(
        transaction,
        [...calls.values()].map((row) => {
          const forget_at = forgotten.get(row.call_id);
          return forget_at === undefined ? row : { ...row, from_party: null, to_party: null, forget_at };
        }),
      );
      await writeItems(transaction, kept(items));
      await writeEntries(transaction, kept(entries));
    });
  }

  /** Calls whose words and parties were deleted while they were still being written, and their `forget_at`, which stays. */
  private async forgotten(
    db: Kysely<Database>,
    callIds: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, number | null>> {
    let asked = db
      .selectFrom('calls')
      .select(['call_id', 'forgotten_at', 'forget_at'])
      .where('call_id', 'in', [...callIds]);
    // Who deletes waits until this is written, and finds it.
    if (this.database.kind === 'postgres') asked = asked.forShare();
    const found = await asked.execute();
    const forgotten = found.filter((row) => row.forgotten_at !== null);
    return new Map(forgotten.map((row) => [row.call_id, row.forget_at]));
  }
}

async function writeCalls(db: Transaction<Database>, rows: readonly CallTable[]): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(rows[0]!).filter((name) => name !== 'call_id' && name !== 'forgotten_at');
  await db
    .insertInto('calls')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('call_id')
        .doUpdateSet((at) =>
          Object.fromEntries(
            (names as Exclude<keyof CallTable, Lasting>[]).map((name) => [name, at.ref(`excluded.${name}`)]),
          ),
        )
        .where(sql<boolean>`excluded.revision >= calls.revision`),
    )
    .execute();
}

async function writeItems(db: Transaction<Database>, rows: readonly TranscriptItemTable[]): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(rows[0]!) as (keyof TranscriptItemTable)[];
  await db
    .insertInto('transcript_items')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['call_id', 'item_id'])
        .doUpdateSet((at) => Object.fromEntries(names.map((name) => [name, at.ref(`excluded.${name}`)])))
        .where(sql<boolean>`excluded.revision >= transcript_items.revision`),
    )
    .execute();
}

async function writeEntries(db: Transaction<Database>, rows: readonly JournalTable[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto('journal')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['call_id', 'seq']).doNothing())
    .execute();
}
