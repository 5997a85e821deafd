import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenDatabase } from '#libs/store';
import { CapturedLog, ScriptedLeg, settled, until } from '#libs/testing';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import { DeskHouse, type DeskHouseOptions, MONDAY_NOON } from '../test/desk-house.js';
import { dayOf } from './dial-days.js';

const MINUTE_MS = 60_000;

describe.each(await testDatabases())('a call that runs, with $name', ({ place: newPlace }) => {
  let place: TestPlace;
  let database: OpenDatabase;
  const houses: DeskHouse[] = [];

  beforeEach(async () => {
    place = await newPlace();
    database = await place.open(new CapturedLog());
  });
  afterEach(async () => {
    for (const house of houses.splice(0)) await house.desk.close();
    await place.close();
  });

  async function open(options: DeskHouseOptions = {}): Promise<DeskHouse> {
    const house = new DeskHouse(database, options);
    houses.push(house);
    await house.desk.start();
    return house;
  }

  async function spent(at = MONDAY_NOON): Promise<number> {
    const days = await database.db.selectFrom('dial_days').selectAll().execute();
    return days.find(({ day }) => day === dayOf(at))?.usd ?? 0;
  }

  async function reserved(orderId: string): Promise<number | undefined> {
    const attempts = await database.db.selectFrom('dial_attempts').selectAll().execute();
    return attempts.find((attempt) => attempt.order_id === orderId)?.usd;
  }

  /** Waits until the database has counted so much. */
  async function counts(house: DeskHouse, usd: number): Promise<void> {
    for (let turn = 0; turn < 500 && (await spent()) < usd; turn++) await house.breathe();
    expect(await spent()).toBeGreaterThanOrEqual(usd);
  }

  async function answered(house: DeskHouse): Promise<string> {
    const { orderId } = await house.order();
    await house.dialled(1);
    house.dialler.last.listener.onAnswered();
    await house.tells(orderId, 'answered');
    return orderId;
  }

  it('costs what it costs while it runs, and when the money is used up nobody else is called', async () => {
    const house = await open({ config: { callsPerSecond: 100, maxConcurrent: 100 } });
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) ids.push((await house.order({ to: `+493012345${i}` })).orderId);
    await house.dialled(10);
    for (const { listener } of house.dialler.dialled) listener.onAnswered();
    for (const orderId of ids) await house.tells(orderId, 'answered');
    expect(await spent()).toBeCloseTo(3);
    await house.pass(15 * MINUTE_MS, MINUTE_MS);
    await counts(house, 14.9);
    expect(await spent()).toBeLessThan(16.1);
    await house.order({ to: '+4930123460' });
    await house.pass(5 * MINUTE_MS, MINUTE_MS);
    await counts(house, 19.9);
    await expect(house.order({ to: '+4930123461' })).rejects.toMatchObject({ code: 'DIAL_SPEND_REACHED' });
    expect((await house.desk.backlog()).spentUsd).toBeGreaterThan(19.9);
    const before = await reserved(ids[0]!);
    for (const { listener } of house.dialler.dialled.slice(0, 10)) listener.onOver('answered', null);
    for (const orderId of ids) await house.tells(orderId, 'over:answered');
    expect(await reserved(ids[0]!)).toBeGreaterThanOrEqual(before!);
    const attempts = await database.db.selectFrom('dial_attempts').selectAll().execute();
    expect(await spent()).toBeCloseTo(attempts.reduce((sum, { usd }) => sum + usd, 0));
  });

  it('that goes past midnight costs the money of each day in which its minutes began', async () => {
    const midnight = Date.UTC(2026, 2, 3);
    const house = await open({ startAt: midnight - 10 * MINUTE_MS });
    const orderId = await answered(house);
    await house.pass(30 * MINUTE_MS, MINUTE_MS);
    house.dialler.last.listener.onOver('answered', null);
    await house.tells(orderId, 'over:answered');
    const [monday, tuesday] = [await spent(midnight - 1), await spent(midnight)];
    expect(monday).toBeGreaterThan(0.89);
    expect(monday).toBeLessThan(1.11);
    expect(tuesday).toBeGreaterThan(1.89);
    expect(await reserved(orderId)).toBeCloseTo(monday + tuesday);
  });

  it('gives what was set aside in vain back to the day on which it was dialled', async () => {
    const midnight = Date.UTC(2026, 2, 3);
    const house = await open({ startAt: midnight - 20_000 });
    const orderId = await answered(house);
    await house.pass(MINUTE_MS, 5000);
    house.dialler.last.listener.onOver('answered', null);
    await house.tells(orderId, 'over:answered');
    expect(await spent(midnight)).toBeCloseTo(0);
    expect(await spent(midnight - 1)).toBeCloseTo((await reserved(orderId))!);
  });

  it('costs as much when the process that dialled it is gone', async () => {
    const first = await open();
    const orderId = await answered(first);
    await first.desk.close();
    const second = await open({ startAt: first.now + 20 * MINUTE_MS, dialler: first.dialler });
    await second.pass(10_000, 5000);
    expect(await reserved(orderId)).toBeGreaterThan(1.99);
    expect(await spent()).toBeCloseTo((await reserved(orderId))!);
    expect(first.dialler.dialled).toHaveLength(1);
  });

  it('is counted when the database is there again', async () => {
    const house = await open();
    const orderId = await answered(house);
    await database.db.schema.alterTable('dial_attempts').renameTo('dial_attempts_gone').execute();
    await house.pass(20 * MINUTE_MS, MINUTE_MS);
    await database.db.schema.alterTable('dial_attempts_gone').renameTo('dial_attempts').execute();
    await house.pass(10_000, 1000);
    expect(await reserved(orderId)).toBeGreaterThan(1.99);
    expect(await spent()).toBeCloseTo((await reserved(orderId))!);
  });

  describe('and may last so long and no longer', () => {
    const config = { maxCallMs: 2 * MINUTE_MS };

    it('which the platform is told with the order', async () => {
      const house = await open({ config });
      await answered(house);
      expect(house.dialler.last.order.maxCallMs).toBe(2 * MINUTE_MS);
    });

    it('also after it was handed on, when nobody here hears it any more', async () => {
      const house = await open({ config });
      const { orderId } = await house.order();
      await house.dialled(1);
      const leg = new ScriptedLeg({ capabilities: { transfer: true } });
      Object.assign(leg.info, { direction: 'outbound', orderId });
      leg.listener = house.calls.switchboard.offer(leg, house.calls.switchboard.reserve());
      await settled();
      await house.tells(orderId, 'answered');
      const [call] = house.calls.switchboard.desk.calls;
      await call!.transfer({ to: '+4930123499', say: null }, 'agent');
      await until(() => house.calls.switchboard.desk.calls.length === 0, 'the call to be handed on');
      await house.pass(MINUTE_MS, 5000);
      expect(house.dialler.hungUp).toEqual([]);
      await house.pass(70_000, 5000);
      expect(house.dialler.hungUp).toEqual(['call-1']);
      house.dialler.last.listener.onOver('answered', null);
      await house.tells(orderId, 'over:answered:DIAL_LIMIT_REACHED');
    });

    it('also when the process that dialled it is gone', async () => {
      const first = await open({ config });
      const orderId = await answered(first);
      await first.desk.close();
      const second = await open({ config, startAt: first.now + 3 * MINUTE_MS, dialler: first.dialler });
      await second.pass(10_000, 5000);
      expect(first.dialler.hungUp).toEqual(['call-1']);
      first.dialler.last.listener.onOver('answered', null);
      await second.tells(orderId, 'over:answered:DIAL_LIMIT_REACHED');
    });
  });
});
