import { type Kysely, sql, type Transaction } from 'kysely';
import type { OpenDatabase } from './open-database.js';
import { isDeleted, type Row } from './rows.js';
import type { CallTable, Database, JournalTable, TranscriptItemTable } from './schema.js';
import { writeTakeable } from './takeable.js';

/** What a later state of the call does not replace. */
const LASTING = ['call_id', 'forgotten_at', 'recording_unwanted_at'] as const;

type Lasting = (typeof LASTING)[number];

/** What was said of a call by others than those who write it. */
type Said = Pick<
  CallTable,
  'call_id' | 'forgotten_at' | 'forget_at' | 'recording_unwanted_at' | 'recording' | 'recording_due_at'
>;

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
      const said = await this.said(transaction, new Set(rows.map(({ row }) => row.call_id)));
      const isForgotten = (callId: string) => (said.get(callId)?.forgotten_at ?? null) !== null;
      const kept = <T extends { call_id: string }>(all: Map<string, T>) =>
        [...all.values()].filter(({ call_id }) => !isForgotten(call_id));
      await writeCalls(
        transaction,
        [...calls.values()].map((row) => asSaid(row, said.get(row.call_id))),
      );
      await writeItems(transaction, kept(items));
      await writeEntries(transaction, kept(entries));
    });
  }

  /** Calls whose words and parties were deleted, or whose recording is not wanted, while they were still being written. */
  private async said(db: Kysely<Database>, callIds: ReadonlySet<string>): Promise<ReadonlyMap<string, Said>> {
    let asked = db
      .selectFrom('calls')
      .select([
        'call_id',
        'forgotten_at',
        'forget_at',
        'recording_unwanted_at',
        'recording',
        'recording_due_at',
      ])
      .where('call_id', 'in', [...callIds]);
    // Who deletes waits until this is written, and finds it.
    if (this.database.kind === 'postgres') asked = asked.forShare();
    const found = await asked.execute();
    return new Map(found.map((row) => [row.call_id, row]));
  }
}

/** A later state of the call, without what must not come back with it. */
function asSaid(row: CallTable, said: Said | undefined): CallTable {
  let now = row;
  if (said === undefined) return now;
  if (said.forgotten_at !== null)
    now = { ...now, from_party: null, to_party: null, forget_at: said.forget_at };
  if (said.recording_unwanted_at === null) return now;
  const { recording, recording_due_at } = said;
  return isDeleted(recording)
    ? { ...now, recording, recording_due_at }
    : { ...now, recording_due_at: said.recording_unwanted_at };
}

async function writeCalls(db: Transaction<Database>, rows: readonly CallTable[]): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(rows[0]!).filter((name) => !(LASTING as readonly string[]).includes(name));
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
