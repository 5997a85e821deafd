import type { Transaction } from 'kysely';
import type { Callee, DialBacklog } from '#libs/contracts';
import type { Database, DialOrderTable, OpenDatabase } from '#libs/store';
import { type Claim, type Claimed, claimIn } from './dial-claim.js';
import { attemptsAt, dayOf } from './dial-days.js';
import { type Erased, eraseCallsIn, eraseFinishedIn, eraseIn } from './dial-erasure.js';
import { type Ending, finishIn } from './dial-finish.js';
import { type DialKey, orderOfKey, takeKey } from './dial-keys.js';
import { raiseIn } from './dial-money.js';
import { errors } from './errors.js';
import { statesBefore, UNDER_WAY } from './order-state.js';

/** What has been heard of an attempt so far. */
export interface News {
  readonly state: 'dialling' | 'ringing' | 'answered';
  readonly receipt: string | null;
  readonly answeredAt: number | null;
  readonly callee: Callee | null;
  readonly callId: string | null;
}

export interface DialStanding {
  readonly orders: DialBacklog['orders'];
  readonly firstDueAt: number | null;
  readonly usd: number;
}

type Tx = Transaction<Database>;

/**
 * Orders and their attempts in the database, which alone decides who dials. Every change names the state and the attempt that it
 * starts from, so that of two processes one succeeds. Every method rejects with STORE_AWAY while the database is away.
 */
export class DialBook {
  constructor(private readonly database: OpenDatabase) {}

  /** Enters an order; the earlier one of the same key within a day stands in its place. Rejects with DIAL_QUEUE_FULL, DIAL_KEY_REUSED. */
  enter(row: DialOrderTable, key: DialKey | null, mostQueued: number): Promise<DialOrderTable> {
    return this.change(async (tx) => {
      if (key !== null) {
        const earlier = await takeKey(tx, row, key);
        if (earlier !== null) return earlier;
      }
      const { count } = await tx
        .selectFrom('dial_orders')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('state', '=', 'queued')
        .executeTakeFirstOrThrow();
      if (count >= mostQueued) throw errors.queueFull(mostQueued);
      await tx.insertInto('dial_orders').values(row).execute();
      return row;
    });
  }

  /** The order that was given with this key within a day. Rejects with DIAL_KEY_REUSED. */
  known(key: DialKey, at: number): Promise<DialOrderTable | null> {
    return this.database.ask((db) => orderOfKey(db, key, at));
  }

  find(orderId: string): Promise<DialOrderTable | null> {
    return this.database.ask(async (db) => {
      const row = await db
        .selectFrom('dial_orders')
        .selectAll()
        .where('order_id', '=', orderId)
        .executeTakeFirst();
      return row ?? null;
    });
  }

  /** Orders that wait and are due by then, the longest due first. */
  due(
    at: number,
    limit: number,
  ): Promise<readonly Pick<DialOrderTable, 'order_id' | 'due_at' | 'attempts'>[]> {
    return this.database.ask((db) =>
      db
        .selectFrom('dial_orders')
        .select(['order_id', 'due_at', 'attempts'])
        .where('state', '=', 'queued')
        .where('due_at', '<=', at)
        .orderBy('due_at')
        .orderBy('order_id')
        .limit(limit)
        .execute(),
    );
  }

  postpone(row: DialOrderTable, dueAt: number): Promise<void> {
    return this.database.ask(async (db) => {
      await db
        .updateTable('dial_orders')
        .set({ due_at: dueAt })
        .where('order_id', '=', row.order_id)
        .where('state', '=', 'queued')
        .where('attempts', '=', row.attempts)
        .execute();
    });
  }

  /** As `claimIn` says, committed before anybody is called. */
  claim(claim: Claim): Promise<Claimed> {
    return this.change((tx) => claimIn(tx, claim));
  }

  /** Null: this attempt is over already. Otherwise the row as it is now. */
  note(row: DialOrderTable, news: News): Promise<DialOrderTable | null> {
    return this.database.ask(async (db) => {
      const noted = await db
        .updateTable('dial_orders')
        .set({
          state: news.state,
          receipt: news.receipt,
          answered_at: news.answeredAt,
          callee: news.callee,
          call_id: news.callId,
        })
        .where('order_id', '=', row.order_id)
        .where('attempts', '=', row.attempts)
        .where('state', 'in', [news.state, ...statesBefore(news.state).filter((state) => state !== 'queued')])
        .returningAll()
        .executeTakeFirst();
      return noted ?? null;
    });
  }

  /** As `raiseIn` says. */
  raise(row: DialOrderTable, usd: number, at: number): Promise<number> {
    return this.change((tx) => raiseIn(tx, row, usd, at));
  }

  /** The attempt is over, and with it the order, or it waits again. Null: it was over already. */
  finish(row: DialOrderTable, ending: Ending): Promise<DialOrderTable | null> {
    return this.change(async (tx) => {
      const finished = await finishIn(tx, row, ending);
      return finished === null ? null : eraseFinishedIn(tx, finished, ending.at);
    });
  }

  /** An order that waits comes to nothing. Null: it does not wait any more. */
  giveUp(
    row: DialOrderTable,
    outcome: 'refused' | 'cancelled',
    code: string | null,
    at: number,
    by: string | null = null,
  ): Promise<DialOrderTable | null> {
    return this.database.ask(async (db) => {
      const given = await db
        .updateTable('dial_orders')
        .set({ state: 'over', outcome, code, over_at: at, cancelled_by: by })
        .where('order_id', '=', row.order_id)
        .where('state', '=', 'queued')
        .returningAll()
        .executeTakeFirst();
      return given ?? null;
    });
  }

  /** Notes that nobody wants this any more, while nobody has answered. Null: too late. */
  wish(orderId: string, by: string): Promise<DialOrderTable | null> {
    return this.database.ask(async (db) => {
      const wished = await db
        .updateTable('dial_orders')
        .set({ cancelled_by: by })
        .where('order_id', '=', orderId)
        .where('state', 'in', ['dialling', 'ringing'])
        .returningAll()
        .executeTakeFirst();
      return wished ?? null;
    });
  }

  /** This process lives: its attempts are its own for so long again. */
  renew(owner: string, until: number): Promise<void> {
    return this.database.ask(async (db) => {
      await db
        .updateTable('dial_orders')
        .set({ lease_until: until })
        .where('owner', '=', owner)
        .where('state', 'in', [...UNDER_WAY])
        .execute();
    });
  }

  /** Takes over attempts whose process has not shown itself since `lapsedAt`, or has a name that begins so. */
  adopt(
    owner: string,
    lapsedAt: number,
    until: number,
    deadOwners: string | null = null,
  ): Promise<readonly DialOrderTable[]> {
    return this.database.ask((db) =>
      db
        .updateTable('dial_orders')
        .set({ owner, lease_until: until })
        .where('state', 'in', [...UNDER_WAY])
        .where('owner', '<>', owner)
        .where(({ eb, or }) =>
          or([
            eb('lease_until', '<=', lapsedAt),
            ...(deadOwners === null ? [] : [eb('owner', 'like', `${deadOwners}%`)]),
          ]),
        )
        .returningAll()
        .execute(),
    );
  }

  /** Has today's money been used up, or the number been called too often? */
  spentOn(number: string, at: number): Promise<{ readonly usd: number; readonly attempts: number }> {
    return this.database.ask(async (db) => {
      const day = dayOf(at);
      const row = await db.selectFrom('dial_days').select('usd').where('day', '=', day).executeTakeFirst();
      return { usd: row?.usd ?? 0, attempts: await attemptsAt(db, number, day) };
    });
  }

  /** How many orders are in each state but the last, since when the first of those that wait is due, and the money of the day. */
  standing(at: number): Promise<DialStanding> {
    return this.database.ask(async (db) => {
      const rows = await db
        .selectFrom('dial_orders')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
        .where('state', 'in', ['queued', ...UNDER_WAY])
        .groupBy('state')
        .execute();
      const { dueAt } = await db
        .selectFrom('dial_orders')
        .select(({ fn }) => fn.min<number | null>('due_at').as('dueAt'))
        .where('state', '=', 'queued')
        .executeTakeFirstOrThrow();
      const spent = await db
        .selectFrom('dial_days')
        .select('usd')
        .where('day', '=', dayOf(at))
        .executeTakeFirst();
      const count = (state: DialOrderTable['state']) =>
        Number(rows.find((row) => row.state === state)?.count ?? 0);
      return {
        orders: {
          queued: count('queued'),
          dialling: count('dialling'),
          ringing: count('ringing'),
          answered: count('answered'),
        },
        firstDueAt: dueAt === null ? null : Number(dueAt),
        usd: spent?.usd ?? 0,
      };
    });
  }

  /** Deletes what is over since before `at`. */
  forget(at: number): Promise<void> {
    return this.change(async (tx) => {
      const old = tx.selectFrom('dial_orders').select('order_id').where('over_at', '<', at);
      await tx.deleteFrom('dial_attempts').where('order_id', 'in', old).execute();
      await tx.deleteFrom('dial_orders').where('over_at', '<', at).execute();
      await tx.deleteFrom('dial_keys').where('ordered_at', '<', at).execute();
      await tx.deleteFrom('dial_days').where('day', '<', dayOf(at)).execute();
    });
  }

  /** Cancels what waits for a number, and takes the person out of the orders: at once, or when those under way are over. */
  erase(number: string, at: number): Promise<Erased> {
    return this.change((tx) => eraseIn(tx, number, at));
  }

  /** Takes the people out of the orders of these calls, where the orders are over. */
  eraseCalls(callIds: readonly string[]): Promise<void> {
    return this.change((tx) => eraseCallsIn(tx, callIds));
  }

  private change<T>(act: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.ask((db) => db.transaction().execute(act));
  }
}
