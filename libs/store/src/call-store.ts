import { setImmediate as breath } from 'node:timers/promises';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type {
  CallArchive,
  CallNumbers,
  CallQuery,
  CallRecord,
  JournalEntry,
  Page,
  TranscriptItem,
} from '#libs/contracts';
import { type CallCursor, cursorOf, cursorText } from './call-cursor.js';
import { forget } from './forget.js';
import type { OpenDatabase } from './open-database.js';
import { callOf, entryOf, itemOf, text as kept, searched } from './rows.js';
import type { CallTable, Database } from './schema.js';

const PAGE = 50;
const LARGEST_PAGE = 200;
const MOST_ENTRIES = 1000;
const MOST_WORDS = 8;
/** Calls whose words are looked through in one go: with twenty lines each three milliseconds of the embedded database's. */
const SEARCHED_AT_ONCE: Readonly<Record<OpenDatabase['kind'], number>> = { libsql: 500, postgres: 50_000 };

type Calls = SelectQueryBuilder<Database, 'calls', object>;

/** What was kept of calls, asked. */
export class CallStore implements CallArchive {
  constructor(private readonly database: OpenDatabase) {}

  find(callId: string): Promise<CallRecord | null> {
    return this.database.ask(async (db) => {
      const row = await db
        .selectFrom('calls')
        .selectAll()
        .where('call_id', '=', kept(callId))
        .executeTakeFirst();
      return row === undefined ? null : callOf(row);
    });
  }

  list(query: CallQuery): Promise<Page<CallRecord>> {
    return this.database.ask(async (db) => {
      const limit = between(query.limit ?? PAGE, 1, LARGEST_PAGE);
      const after = query.cursor === undefined ? null : cursorOf(query.cursor);
      const words = wordsOf(kept(query.text ?? ''));
      const rows =
        words.length === 0
          ? await newestFirst(behind(filtered(db.selectFrom('calls'), query), after))
              .selectAll()
              .limit(limit + 1)
              .execute()
          : await this.withWords(db, query, words, after, limit + 1);
      const items = rows.slice(0, limit).map(callOf);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last !== undefined ? cursorText(last) : null };
    });
  }

  /** Looks through some calls after the other: words that are in few of them mean that many transcripts are read. */
  private async withWords(
    db: Kysely<Database>,
    query: CallQuery,
    words: readonly string[],
    from: CallCursor | null,
    most: number,
  ): Promise<readonly CallTable[]> {
    const atOnce = SEARCHED_AT_ONCE[this.database.kind];
    const found: CallTable[] = [];
    for (let after = from; found.length < most; await breath()) {
      const calls = behind(filtered(db.selectFrom('calls'), query), after);
      const looked = await newestFirst(calls).select(['started_at', 'call_id']).limit(atOnce).execute();
      const last = looked.at(-1);
      if (last === undefined) break;
      const until = { startedAt: last.started_at, callId: last.call_id };
      let asked = upTo(calls, until);
      for (const word of words) asked = asked.where(said(word));
      const some = newestFirst(asked).selectAll();
      found.push(...(await some.limit(most - found.length).execute()));
      if (looked.length < atOnce) break;
      after = until;
    }
    return found;
  }

  transcript(callId: string): Promise<readonly TranscriptItem[]> {
    return this.database.ask(async (db) => {
      const asked = db.selectFrom('transcript_items').selectAll().where('call_id', '=', kept(callId));
      return (await asked.orderBy('at_ms').orderBy('item_id').execute()).map(itemOf);
    });
  }

  journal(callId: string, afterSeq: number, limit: number): Promise<readonly JournalEntry[]> {
    return this.database.ask(async (db) => {
      const asked = db
        .selectFrom('journal')
        .selectAll()
        .where('call_id', '=', kept(callId))
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(between(limit, 1, MOST_ENTRIES));
      return (await asked.execute()).map(entryOf);
    });
  }

  numbers(fromAt: number, beforeAt: number): Promise<CallNumbers> {
    return this.database.ask(async (db) => {
      const calls = filtered(db.selectFrom('calls'), { fromAt, beforeAt });
      const all = await calls
        .select(({ fn }) => [
          fn.countAll<number>().as('calls'),
          fn.count<number>('ended_at').as('ended'),
          sql<number | null>`avg(ended_at - started_at)`.as('duration'),
          fn.avg<number | null>('turn_latency_ms').as('latency'),
          fn.avg<number | null>('score').as('score'),
          fn.sum<number | null>('cost_usd').as('cost'),
        ])
        .executeTakeFirstOrThrow();
      const counted = (column: 'end_reason' | 'agent') =>
        calls
          .select(({ fn, ref }) => [ref(column).as('name'), fn.countAll<number>().as('calls')])
          .where(column, 'is not', null)
          .groupBy(column)
          .execute()
          .then((rows) => Object.fromEntries(rows.map(({ name, calls }) => [name, calls])));
      return {
        calls: all.calls,
        running: all.calls - all.ended,
        byEndReason: await counted('end_reason'),
        byAgent: await counted('agent'),
        meanDurationMs: all.duration,
        meanTurnLatencyMs: all.latency,
        meanScore: all.score,
        costUsd: all.cost ?? 0,
      };
    });
  }

  eraseParty(party: string): Promise<readonly string[]> {
    return this.database.ask(async (db) => {
      const number = kept(party);
      // Begun as what will write: a database that can only be read has not been brought what waits on disk either.
      const found = await db.transaction().execute((transaction) =>
        transaction
          .selectFrom('calls')
          .select('call_id')
          .where(({ eb, or }) => or([eb('from_party', '=', number), eb('to_party', '=', number)]))
          .execute(),
      );
      const callIds = found.map(({ call_id }) => call_id);
      await forget(db, callIds, Date.now());
      return callIds;
    });
  }
}

function filtered(calls: Calls, query: CallQuery): Calls {
  const { platform, agent, direction, endReason, party, fromAt, beforeAt, running } = query;
  let asked = calls;
  if (platform !== undefined) asked = asked.where('platform', '=', kept(platform));
  if (agent !== undefined) asked = asked.where('agent', '=', kept(agent));
  if (direction !== undefined) asked = asked.where('direction', '=', direction);
  if (endReason !== undefined) asked = asked.where('end_reason', '=', endReason);
  if (fromAt !== undefined) asked = asked.where('started_at', '>=', fromAt);
  if (beforeAt !== undefined) asked = asked.where('started_at', '<', beforeAt);
  if (running !== undefined) asked = asked.where('ended_at', running ? 'is' : 'is not', null);
  if (party !== undefined)
    asked = asked.where(({ eb, or }) =>
      or([eb('from_party', '=', kept(party)), eb('to_party', '=', kept(party))]),
    );
  return asked;
}

function newestFirst(calls: Calls): Calls {
  return calls.orderBy('started_at', 'desc').orderBy('call_id', 'desc');
}

/** Those that come after it in a list. The first condition is what the index is good for. */
function behind(calls: Calls, after: CallCursor | null): Calls {
  if (after === null) return calls;
  const { startedAt, callId } = after;
  return calls
    .where('started_at', '<=', startedAt)
    .where(({ eb, or }) => or([eb('started_at', '<', startedAt), eb('call_id', '<', callId)]));
}

/** Those that come before it in a list, and itself. */
function upTo(calls: Calls, { startedAt, callId }: CallCursor): Calls {
  return calls
    .where('started_at', '>=', startedAt)
    .where(({ eb, or }) => or([eb('started_at', '>', startedAt), eb('call_id', '>=', callId)]));
}

/** Each of the words, wherever in the call. */
function wordsOf(text: string): readonly string[] {
  return searched(text).split(/\s+/).filter(Boolean).slice(0, MOST_WORDS);
}

function said(word: string) {
  const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`exists (select 1 from transcript_items where transcript_items.call_id = calls.call_id and transcript_items.search like ${pattern} escape '\\')`;
}

function between(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(Math.trunc(value), least), most) : least;
}
