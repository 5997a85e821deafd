import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DialState, GatewayEvents } from '#libs/contracts';
import type { OpenDatabase } from '#libs/store';
import { CapturedLog } from '#libs/testing';
import { testDatabases } from '../../store/src/testing/test-databases.js';
import { DeskHouse } from '../test/desk-house.js';
import { mayMove, statesBefore } from './order-state.js';

const STATES: readonly DialState[] = ['queued', 'dialling', 'ringing', 'answered', 'over'];

const databases = await testDatabases();
const which = fc.nat({ max: 9 });
const step = fc.oneof(
  fc.record({ kind: fc.constant('order' as const), number: fc.nat({ max: 3 }) }),
  fc.record({
    kind: fc.constant('news' as const),
    which,
    news: fc.constantFrom('ringing', 'answered', 'busy', 'no-answer', 'failed', 'ended', 'machine'),
  }),
  fc.record({ kind: fc.constant('cancel' as const), which }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(500, 2000, 61_000, 130_000) }),
  fc.record({ kind: fc.constant('refuse' as const), yes: fc.boolean() }),
  fc.constant({ kind: 'crash' as const }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('the states of an order', () => {
  it('lead to an end from everywhere, and nowhere from there', () => {
    for (const state of STATES.slice(0, -1)) expect(mayMove(state, 'over')).toBe(true);
    for (const state of STATES) expect(mayMove('over', state)).toBe(false);
    expect(mayMove('answered', 'queued')).toBe(false);
    expect(statesBefore('queued')).toEqual(['dialling', 'ringing']);
  });

  it.each(databases)(
    'are gone through as they may be, whatever happens in whatever order, and money adds up: $name',
    async ({ name, place: newPlace }) => {
      const run = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const place = await newPlace();
        const world = new World(await place.open(new CapturedLog()));
        try {
          await world.begin();
          for (const one of steps) await world.take(one);
          await world.end();
          await world.check();
        } finally {
          await world.close();
          await place.close();
        }
      });
      await fc.assert(run, { numRuns: name === 'libsql' ? 40 : 12 });
    },
    120_000,
  );
});

class World {
  private readonly houses: DeskHouse[] = [];
  private readonly orders: string[] = [];
  /** By all processes, in the order in which it was told. */
  private readonly told: GatewayEvents['dial.changed'][] = [];
  private refuses = false;

  constructor(private readonly database: OpenDatabase) {}

  private get house(): DeskHouse {
    return this.houses.at(-1)!;
  }

  async begin(): Promise<void> {
    const before = this.houses.at(-1);
    const house = new DeskHouse(this.mortalDatabase(this.houses.length), {
      config: { callsPerSecond: 10, maxConcurrent: 3, maxPerNumberPerDay: 6, spendPerDayUsd: 4 },
      ...(before && { startAt: before.now, dialler: before.dialler }),
    });
    house.dialler.before = async () => {
      if (this.refuses) throw new Error('broken');
    };
    house.calls.events.on('dial.changed', (change) => this.told.push(change));
    this.houses.push(house);
    await house.desk.start();
  }

  async take(one: Step): Promise<void> {
    const { house } = this;
    switch (one.kind) {
      case 'order': {
        const status = await house.order({ to: `+4930123${400 + one.number}` }).catch(() => null);
        if (status !== null) this.orders.push(status.orderId);
        break;
      }
      case 'news': {
        const dialled = house.dialler.dialled[one.which % Math.max(1, house.dialler.dialled.length)];
        if (dialled !== undefined) tell(dialled.listener, one.news);
        break;
      }
      case 'cancel': {
        const orderId = this.orders[one.which % Math.max(1, this.orders.length)];
        if (orderId !== undefined) await house.desk.cancel(orderId, 'Ada');
        break;
      }
      case 'pass':
        await house.pass(one.ms, one.ms / 4);
        break;
      case 'refuse':
        this.refuses = one.yes;
        break;
      case 'crash':
        // Its clock stands still from now on, and the database hears nothing of it beyond what it has been asked already.
        await this.begin();
    }
    await this.house.breathe();
  }

  /** Nobody tells anything any more. */
  async end(): Promise<void> {
    this.refuses = false;
    for (let i = 0; i < 400 && (await this.open()) > 0; i++) await this.house.pass(600_000, 150_000);
  }

  async check(): Promise<void> {
    expect(await this.open()).toBe(0);
    const rows = await this.database.db.selectFrom('dial_orders').selectAll().execute();
    const attempts = await this.database.db.selectFrom('dial_attempts').selectAll().execute();
    for (const row of rows) {
      const path = this.told.filter(({ orderId }) => orderId === row.order_id);
      expect(path[0]?.state).toBe('queued');
      for (const [i, { state }] of path.slice(1).entries())
        if (!mayMove(path[i]!.state, state)) throw new Error(path.map((one) => one.state).join(' '));
      expect(path.at(-1)).toMatchObject({ state: 'over', outcome: row.outcome });
      const dials = this.house.dialler.dialled.filter(({ order }) => order.orderId === row.order_id);
      expect(dials.length).toBeLessThanOrEqual(row.attempts);
      expect(attempts.filter(({ order_id }) => order_id === row.order_id)).toHaveLength(row.attempts);
    }
    expect(attempts.every(({ outcome }) => outcome !== null)).toBe(true);
    for (const { day, usd } of await this.database.db.selectFrom('dial_days').selectAll().execute()) {
      const sum = attempts.filter((attempt) => attempt.day === day).reduce((all, one) => all + one.usd, 0);
      expect(usd).toBeCloseTo(sum, 6);
    }
  }

  async close(): Promise<void> {
    await this.house.desk.close();
  }

  /** Answers as long as no later process has begun. */
  private mortalDatabase(process: number): OpenDatabase {
    const { database, houses } = this;
    return {
      ...database,
      ask: (question) =>
        database.ask((db) => {
          if (houses.length > process + 1) throw new Error('This process has died.');
          return question(db);
        }),
    };
  }

  private async open(): Promise<number> {
    const rows = await this.database.db
      .selectFrom('dial_orders')
      .select('order_id')
      .where('state', '<>', 'over')
      .execute();
    return rows.length;
  }
}

function tell(listener: DeskHouse['dialler']['last']['listener'], news: string): void {
  if (news === 'ringing') listener.onRinging();
  else if (news === 'answered') listener.onAnswered();
  else if (news === 'machine') listener.onCallee('machine', 1000);
  else if (news === 'ended') listener.onOver('answered', null);
  else listener.onOver(news as 'busy', null);
}
