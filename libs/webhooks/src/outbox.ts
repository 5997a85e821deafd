import type { OutboxBacklog } from '#libs/contracts';
import { type OpenDatabase, type WebhookOutboxTable, writeTakeable } from '#libs/store';
import { AT_ONCE, inPieces, remove, rowsWhere } from './pieces.js';
import { Unwanted } from './unwanted.js';

/** Longer than any attempt takes: whoever holds the lease longer is dead. */
export const LEASE_MS = 60_000;
const DEAD_KEPT_MS = 7 * 86_400_000;
const DELIVERED_KEPT_MS = 86_400_000;
/** What other processes have added, or left behind when they died, is looked for that often. */
const LOOK_AGAIN_MS = 10_000;
/** A count beyond it would hold up the thread that carries the sound, and tell nothing more. */
const MOST_COUNTED = 10_000;

export interface OutboxCounts {
  readonly waiting: number;
  readonly dead: number;
}

type Db = OpenDatabase['db'];

/** What is still to be told, in the database. Every method rejects with STORE_AWAY while it is away. */
export class Outbox {
  /** By subscription: before then nothing of it is due, as far as this process knows. Absent: nobody has looked yet. */
  private readonly dueAt = new Map<string, number>();
  private readonly unwanted: Unwanted;

  constructor(
    private readonly database: OpenDatabase,
    /** Of this process. */
    private readonly owner: string,
    private readonly wallMs: () => number,
  ) {
    this.unwanted = new Unwanted(database);
  }

  /**
   * Rows that came twice are taken once. What the database will never take is left out and returned. Calls that were forgotten and
   * endpoints that are gone are left out and not told of.
   */
  add(rows: readonly WebhookOutboxTable[]): Promise<readonly unknown[]> {
    return writeTakeable(this.database, rows, async (some) => {
      const { db } = this.database;
      const unwanted = await this.unwanted.among(some);
      const wanted = some.filter((row) => !unwanted.has(row));
      if (wanted.length === 0) return;
      await db
        .insertInto('webhook_outbox')
        .values(wanted)
        .onConflict((conflict) => conflict.column('delivery_id').doNothing())
        .execute();
      for (const { subscription_id, next_at } of wanted) this.wake(subscription_id, next_at);
      // Who forgets says so first and deletes from here then: what he has not seen, because it was being written, is found now.
      const late = [...(await this.unwanted.among(wanted))].map(({ delivery_id }) => delivery_id);
      if (late.length > 0) await db.deleteFrom('webhook_outbox').where('delivery_id', 'in', late).execute();
    });
  }

  /** Of this call nothing is told any more, as far as this process has been asked. */
  isForgotten(callId: string): boolean {
    return this.unwanted.isForgotten(callId);
  }

  /** May something be due? The database is not asked while it is known that nothing is. */
  mayBeDue(subscriptionId: string): boolean {
    const at = this.dueAt.get(subscriptionId) ?? 0;
    const now = this.wallMs();
    // Where the clock was set back, too.
    return at <= now || at > now + LOOK_AGAIN_MS;
  }

  /**
   * The first of each lane that is due, at most `limit`, leased to this process. What is behind it in its lane waits until it is
   * delivered or dead, so no two processes send one lane at once.
   */
  async claim(subscriptionId: string, limit: number): Promise<readonly WebhookOutboxTable[]> {
    const now = this.wallMs();
    // What is added or settled meanwhile makes it earlier again.
    this.dueAt.set(subscriptionId, now + LOOK_AGAIN_MS);
    try {
      return await this.claimDue(subscriptionId, limit, now);
    } catch (thrown) {
      this.dueAt.delete(subscriptionId);
      throw thrown;
    }
  }

  /** What was said goes with it: nobody needs it any more. */
  delivered(row: WebhookOutboxTable): Promise<void> {
    return this.settle(row, this.wallMs(), {
      state: 'delivered',
      body: '',
      done_at: this.wallMs(),
      lease_until: 0,
    });
  }

  dead(row: WebhookOutboxTable): Promise<void> {
    return this.settle(row, this.wallMs(), { state: 'dead', done_at: this.wallMs(), lease_until: 0 });
  }

  again(row: WebhookOutboxTable, nextAt: number): Promise<void> {
    return this.settle(row, nextAt, { next_at: nextAt, owner: null, lease_until: 0 });
  }

  /** Gives up what is too old, and deletes what is done. Returns how many were given up. */
  sweep(retryMs: number): Promise<number> {
    return this.database.ask(async (db) => {
      const now = this.wallMs();
      const tooOld = rowsWhere(db)
        .where('state', '=', 'waiting')
        .where('created_at', '<=', now - retryMs)
        .where('lease_until', '<=', now);
      const dead = await inPieces(() =>
        db
          .updateTable('webhook_outbox')
          .set({ state: 'dead', done_at: now })
          .where('state', '=', 'waiting')
          .where('lease_until', '<=', now)
          .where('delivery_id', 'in', tooOld)
          .executeTakeFirstOrThrow()
          .then(({ numUpdatedRows }) => Number(numUpdatedRows)),
      );
      // What was behind them in their lanes is the first there now.
      if (dead > 0) this.dueAt.clear();
      for (const [state, keptMs] of [
        ['delivered', DELIVERED_KEPT_MS],
        ['dead', DEAD_KEPT_MS],
      ] as const)
        await remove(
          db,
          rowsWhere(db)
            .where('state', '=', state)
            .where('done_at', '<=', now - keptMs),
        );
      return dead;
    });
  }

  /** Nothing of these calls is told any more. Returns how many rows that were. */
  forget(callIds: readonly string[]): Promise<number> {
    this.unwanted.forget(callIds);
    return this.database.ask(async (db) => {
      let forgotten = 0;
      for (let at = 0; at < callIds.length; at += AT_ONCE)
        forgotten += await remove(db, rowsWhere(db).where('call_id', 'in', callIds.slice(at, at + AT_ONCE)));
      return forgotten;
    });
  }

  /** Nothing is told to it any more. */
  forgetSubscription(subscriptionId: string): Promise<void> {
    return this.database.ask(async (db) => {
      await remove(db, rowsWhere(db).where('subscription_id', '=', subscriptionId));
      this.dueAt.delete(subscriptionId);
    });
  }

  counts(subscriptionId: string): Promise<OutboxCounts> {
    return this.database.ask(async (db) => {
      const rows = await db
        .selectFrom('webhook_outbox')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
        .where('subscription_id', '=', subscriptionId)
        .where('state', 'in', ['waiting', 'dead'])
        .groupBy('state')
        .execute();
      const of = (state: string) => Number(rows.find((row) => row.state === state)?.count ?? 0);
      return { waiting: of('waiting'), dead: of('dead') };
    });
  }

  /** What waits for these. */
  backlog(subscriptionIds: readonly string[]): Promise<OutboxBacklog> {
    return this.database.ask(async (db) => {
      if (subscriptionIds.length === 0) return { waiting: 0, oldestAgeMs: null };
      const some = db
        .selectFrom('webhook_outbox')
        .select('state')
        .where('subscription_id', 'in', subscriptionIds)
        .where('state', '=', 'waiting')
        .limit(MOST_COUNTED);
      const { length } = await some.execute();
      const oldest = await db
        .selectFrom('webhook_outbox')
        .select('created_at')
        .where('state', '=', 'waiting')
        .where('subscription_id', 'in', subscriptionIds)
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst();
      return { waiting: length, oldestAgeMs: oldest ? this.wallMs() - oldest.created_at : null };
    });
  }

  private claimDue(
    subscriptionId: string,
    limit: number,
    now: number,
  ): Promise<readonly WebhookOutboxTable[]> {
    return this.database.ask(async (db) => {
      const heads = await db
        .selectFrom('webhook_outbox as one')
        .selectAll('one')
        .where('one.subscription_id', '=', subscriptionId)
        .where('one.state', '=', 'waiting')
        .where('one.next_at', '<=', now)
        .where('one.lease_until', '<=', now)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('webhook_outbox as earlier')
                .select('earlier.delivery_id')
                .whereRef('earlier.subscription_id', '=', 'one.subscription_id')
                .whereRef('earlier.lane', '=', 'one.lane')
                .where('earlier.state', '=', 'waiting')
                .whereRef('earlier.position', '<', 'one.position'),
            ),
          ),
        )
        .orderBy('one.position')
        .limit(limit)
        .execute();
      const mine: WebhookOutboxTable[] = [];
      for (const row of heads) {
        const { numUpdatedRows } = await db
          .updateTable('webhook_outbox')
          .set({ owner: this.owner, lease_until: now + LEASE_MS, attempts: row.attempts + 1 })
          .where('delivery_id', '=', row.delivery_id)
          .where('state', '=', 'waiting')
          .where('lease_until', '<=', now)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) mine.push({ ...row, attempts: row.attempts + 1 });
      }
      const isAll = heads.length < limit;
      this.wake(subscriptionId, isAll ? await this.nextAfter(db, subscriptionId, now) : now);
      return mine;
    });
  }

  /** When the first of those that wait for their next attempt, or for a lease to run out, is due. */
  private async nextAfter(db: Db, subscriptionId: string, now: number): Promise<number> {
    const first = (column: 'next_at' | 'lease_until') =>
      db
        .selectFrom('webhook_outbox')
        .select(({ fn }) => fn.min<number | string | null>(column).as('at'))
        .where('subscription_id', '=', subscriptionId)
        .where('state', '=', 'waiting')
        .where(column, '>', now)
        .executeTakeFirstOrThrow();
    const [next, lease] = [await first('next_at'), await first('lease_until')];
    return Math.min(
      Number(next.at ?? Number.POSITIVE_INFINITY),
      Number(lease.at ?? Number.POSITIVE_INFINITY),
    );
  }

  private wake(subscriptionId: string, at: number): void {
    const known = this.dueAt.get(subscriptionId);
    if (known !== undefined && at < known) this.dueAt.set(subscriptionId, at);
  }

  /** `dueAt`: when there is something to be done in its lane again. */
  private settle(
    { delivery_id, subscription_id }: WebhookOutboxTable,
    dueAt: number,
    change: Partial<WebhookOutboxTable>,
  ): Promise<void> {
    return this.database.ask(async (db) => {
      await db
        .updateTable('webhook_outbox')
        .set(change)
        .where('delivery_id', '=', delivery_id)
        .where('owner', '=', this.owner)
        .where('state', '=', 'waiting')
        .execute();
      this.wake(subscription_id, dueAt);
    });
  }
}
