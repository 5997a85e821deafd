import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayError } from '#libs/contracts';
import type { OpenDatabase } from '#libs/store';
import { CapturedLog, ScriptedLeg, settled, until } from '#libs/testing';
import { RecordWriter } from '../../store/src/record-writer.js';
import { rowOf } from '../../store/src/rows.js';
import { call, callRecord } from '../../store/src/testing/records.js';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import { DeskHouse, type DeskHouseOptions, MONDAY_NOON } from '../test/desk-house.js';
import { dayOf } from './dial-days.js';

const BUSY = new GatewayError('PLATFORM_BUSY', 'Too many at once.', { retryable: true });
const REFUSED = new GatewayError('PLATFORM_REFUSED', 'No such number.');
const UNKNOWN = new GatewayError('PLATFORM_DIAL_UNKNOWN', 'Nobody knows.');

describe.each(await testDatabases())('the desk for calls to be placed, with $name', ({ place: newPlace }) => {
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

  const spent = async () =>
    (await database.db.selectFrom('dial_days').selectAll().where('day', '=', dayOf(MONDAY_NOON)).execute())[0]
      ?.usd;

  it('dials an order, follows it, and tells how far it is', async () => {
    const house = await open();
    const status = await house.order({ parameters: { customer: 'Ada' }, to: '+49 (30) 123456' });
    expect(status).toMatchObject({ state: 'queued', attempts: 0, outcome: null, callId: null });
    await house.dialled(1);
    const { order, listener } = house.dialler.last;
    expect(order).toEqual({
      orderId: status.orderId,
      to: '+4930123456',
      from: '',
      agent: 'scripted',
      parameters: { customer: 'Ada' },
      ringForMs: 30_000,
      maxCallMs: 7_200_000,
      detectMachine: false,
      recordAtPlatform: false,
    });
    listener.onRinging();
    await house.tells(status.orderId, 'ringing');
    listener.onAnswered();
    await house.tells(status.orderId, 'answered');
    listener.onOver('answered', null);
    await house.tells(status.orderId, 'over:answered');
    expect(house.story(status.orderId)).toBe('queued dialling ringing answered over:answered');
    expect(await house.desk.find(status.orderId)).toMatchObject({
      state: 'over',
      outcome: 'answered',
      attempts: 1,
    });
    expect(await house.desk.find('nothing')).toBeNull();
  });

  it.each([
    ['nobody while no prefix is allowed', { allowedPrefixes: [] }, {}, 'DIAL_PREFIX_REFUSED'],
    ['no number of another prefix', {}, { to: '+33 1 42 68 53 00' }, 'DIAL_PREFIX_REFUSED'],
    [
      'no blocked number under an allowed prefix',
      { blockedPrefixes: ['+1876'] },
      { to: '+18765230123' },
      'DIAL_PREFIX_REFUSED',
    ],
    ['no number that does not exist', {}, { to: '+15550100077' }, 'DIAL_BAD_NUMBER'],
    ['nothing that is no number', {}, { to: 'sip:a@b.example' }, 'DIAL_BAD_NUMBER'],
    ['no number without a country', {}, { to: '030 123456' }, 'DIAL_BAD_NUMBER'],
    ['nobody over a platform that cannot', {}, { platform: 'pigeon' }, 'DIAL_NO_PLATFORM'],
    ['nobody for money that is not there', { spendPerDayUsd: 0.29 }, {}, 'DIAL_SPEND_REACHED'],
    ['nobody in a time zone that is none', {}, { timeZone: 'Mars/Base' }, 'DIAL_BAD_ORDER'],
    ['nobody in years', {}, { notBeforeAt: MONDAY_NOON + 1e11 }, 'DIAL_BAD_ORDER'],
    [
      'nobody in no hour of the week',
      { windows: ['mo 09:00-10:00'] },
      { to: '+1 202 555 0123' },
      'DIAL_NO_WINDOW',
    ],
    ['nothing from a number that is none', {}, { from: '0' }, 'DIAL_BAD_NUMBER'],
  ] as const)('calls %s', async (_, config, request, code) => {
    const house = await open({ config: config as object });
    await expect(house.order(request)).rejects.toMatchObject({ code });
    await house.pass(3000);
    expect(house.dialler.dialled).toEqual([]);
    expect(JSON.stringify(house.calls.log.lines)).not.toContain('123456');
  });

  it('completes a number by the country of the house', async () => {
    const house = await open({ config: { defaultCountry: 'DE' } });
    await house.order({ to: '030 123456' });
    await house.dialled(1);
    expect(house.dialler.last.order.to).toBe('+4930123456');
  });

  it('looks again whether somebody may be called before it dials', async () => {
    const house = await open({ config: { allowedPrefixes: ['+49'] } });
    const { orderId } = await house.order({ notBeforeAt: house.now + 60_000 });
    house.config.allowedPrefixes = ['+1'];
    await house.pass(61_000);
    await house.tells(orderId, 'over:refused:DIAL_PREFIX_REFUSED');
    expect(house.dialler.dialled).toEqual([]);
  });

  it('dials at the set pace, evenly, the longest due first', async () => {
    const house = await open({ config: { callsPerSecond: 2, maxConcurrent: 100 } });
    const orders: string[] = [];
    const first = house.now + 9990;
    for (const dueAt of [3, 1, 0, 2].map((rank) => first + rank))
      orders[dueAt - first] = (await house.order({ notBeforeAt: dueAt })).orderId;
    await house.pass(10_000);
    for (let count = 1; count <= 4; count++) {
      await until(() => house.dialler.dialled.length === count, `call ${count}`);
      house.calls.clock.advance(499);
      await house.breathe();
      expect(house.dialler.dialled).toHaveLength(count);
      house.calls.clock.advance(1);
    }
    expect(house.dialler.dialled.map(({ order }) => order.orderId)).toEqual(orders);
  });

  it('has no more calls under way than it may, over all processes', async () => {
    const config = { maxConcurrent: 2, callsPerSecond: 100 };
    const one = await open({ config });
    const two = await open({ config });
    for (let i = 0; i < 4; i++) await (i % 2 ? one : two).order({ to: `+4930123456${i}` });
    const all = () => [...one.dialler.dialled, ...two.dialler.dialled];
    await until(() => all().length === 2, 'two calls');
    await one.pass(3000);
    await two.pass(3000);
    expect(all()).toHaveLength(2);
    all()[0]!.listener.onOver('no-answer', null);
    for (let turn = 0; turn < 60 && all().length === 2; turn++)
      for (const house of [one, two]) await house.pass(1000);
    expect(all()).toHaveLength(3);
  });

  it('calls nobody while there is no place for a call', async () => {
    let hasRoom = false;
    const house = await open({ desk: { hasRoom: () => hasRoom } });
    const { orderId } = await house.order();
    await house.pass(3000);
    expect(house.story(orderId)).toBe('queued');
    hasRoom = true;
    await house.pass(1000);
    await house.dialled(1);
  });

  it('waits for the calling window of the callee, and for that of every zone its country has', async () => {
    const house = await open({
      config: { windows: ['mo-fr 09:00-20:00'] },
      startAt: MONDAY_NOON + 9 * 3_600_000,
    });
    const germany = await house.order({ to: '+4930123456' });
    const america = await house.order({ to: '+12025550123' });
    const told = await house.order({ to: '+12025550124', timeZone: 'America/New_York' });
    expect(germany.notBeforeAt).toBe(Date.UTC(2026, 2, 3, 8));
    // At 20:00 UTC, 15:00 in New York, it is 10:00 on Hawaii and 11:00 on the farthest Aleutians.
    expect(america.notBeforeAt).toBe(MONDAY_NOON + 9 * 3_600_000);
    expect(told.notBeforeAt).toBe(MONDAY_NOON + 9 * 3_600_000);
    await house.pass(1500, 500);
    await house.dialled(2);
    expect(house.story(germany.orderId)).toBe('queued');
  });

  it('tries again by cause, later each time, and then no more', async () => {
    const house = await open({ config: { busyRetries: 2, busyRetryMs: 60_000 } });
    const { orderId } = await house.order();
    await house.dialled(1);
    house.dialler.last.listener.onOver('busy', null);
    await house.tells(orderId, 'queued:busy');
    expect(await house.desk.find(orderId)).toMatchObject({ notBeforeAt: house.now + 60_000, attempts: 1 });
    await house.pass(59_000);
    expect(house.dialler.dialled).toHaveLength(1);
    await house.pass(2000);
    await house.dialled(2);
    house.dialler.last.listener.onOver('busy', null);
    await house.tells(orderId, 'dialling queued:busy');
    expect(((await house.desk.find(orderId))!.notBeforeAt! - house.now) / 60_000).toBe(2);
    await house.pass(121_000);
    await house.dialled(3);
    house.dialler.last.listener.onOver('busy', null);
    await house.tells(orderId, 'over:busy');
    await house.pass(10_000);
    expect(house.dialler.dialled).toHaveLength(3);
  });

  it('does not hear what is told of an attempt that is over', async () => {
    const house = await open();
    const { orderId } = await house.order();
    await house.dialled(1);
    const early = house.dialler.last.listener;
    early.onOver('busy', null);
    await house.tells(orderId, 'queued:busy');
    await house.pass(61_000);
    await house.dialled(2);
    early.onAnswered();
    early.onOver('answered', null);
    house.dialler.last.listener.onRinging();
    await house.tells(orderId, 'ringing');
    expect(house.story(orderId)).toBe('queued dialling queued:busy dialling ringing');
  });

  it.each([
    ['busy: it is tried again', BUSY, 'queued:failed:PLATFORM_BUSY'],
    ['sure that it never will: it is over', REFUSED, 'over:failed:PLATFORM_REFUSED'],
    ['not able to tell: it is never dialled again', UNKNOWN, 'over:lost:PLATFORM_DIAL_UNKNOWN'],
    ['broken: it is never dialled again', new Error('boom'), 'over:lost:DIAL_FAULT'],
  ] as const)('an order that the platform does not take, being %s', async (_, error, end) => {
    const house = await open();
    house.dialler.before = () => Promise.reject(error);
    const { orderId } = await house.order();
    await house.tells(orderId, end);
  });

  it('reserves money when it dials and settles it in the end', async () => {
    const house = await open({
      config: {
        pricePerMinuteUsd: { '+49': 0.5, '+4930': 1 },
        expectedMinutes: 3,
        spendPerDayUsd: 5,
        failedRetries: 0,
      },
    });
    const { orderId } = await house.order();
    await house.dialled(1);
    expect(await spent()).toBeCloseTo(3);
    await expect(house.order({ to: '+4930123457' })).rejects.toMatchObject({ code: 'DIAL_SPEND_REACHED' });
    house.dialler.last.listener.onAnswered();
    await house.tells(orderId, 'answered');
    await house.pass(61_000, 5000);
    house.dialler.last.listener.onOver('answered', null);
    await house.tells(orderId, 'over:answered');
    expect(await spent()).toBeCloseTo(2);
    const second = await house.order({ to: '+4930123457' });
    await house.pass(1000);
    await house.dialled(2);
    expect(await spent()).toBeCloseTo(5);
    house.dialler.last.listener.onOver('failed', 'SIP_503');
    await house.tells(second.orderId, 'over:failed:SIP_503');
    expect(await spent()).toBeCloseTo(2);
  });

  it('tells what waits, for how long, and the money of the day; and of each order that it refuses', async () => {
    const house = await open({
      config: { otherPricePerMinuteUsd: 1, expectedMinutes: 1, spendPerDayUsd: 1.5, maxConcurrent: 1 },
    });
    await house.order();
    await house.dialled(1);
    await expect(house.order({ to: '+4930123457' })).rejects.toMatchObject({ code: 'DIAL_SPEND_REACHED' });
    await expect(house.order({ to: '+33142685300' })).rejects.toMatchObject({ code: 'DIAL_PREFIX_REFUSED' });
    expect(house.calls.tape.all('dial.refused')).toEqual([
      { code: 'DIAL_SPEND_REACHED' },
      { code: 'DIAL_PREFIX_REFUSED' },
    ]);
    const standing = { spentUsd: expect.closeTo(1), spendLimitUsd: 1.5 };
    const orders = { queued: 0, dialling: 1, ringing: 0, answered: 0 };
    expect(await house.desk.backlog()).toEqual({ ...standing, orders, overdueMs: null });
  });

  it('counts an order as late from when it is due', async () => {
    const house = await open({ desk: { hasRoom: () => false } });
    await house.order({ notBeforeAt: house.now + 10_000 });
    expect(await house.desk.backlog()).toMatchObject({ orders: { queued: 1 }, overdueMs: null });
    await house.pass(15_000, 5000);
    expect(await house.desk.backlog()).toMatchObject({ orders: { queued: 1 }, overdueMs: 5000 });
  });

  it('does not dial what was ordered before the money was used up', async () => {
    const house = await open({
      config: { otherPricePerMinuteUsd: 1, expectedMinutes: 1, spendPerDayUsd: 1, callsPerSecond: 1 },
    });
    const late = await house.order({ to: '+4930123457', notBeforeAt: house.now + 2000 });
    await house.order();
    await house.dialled(1);
    await house.pass(4000);
    await house.tells(late.orderId, 'over:refused:DIAL_SPEND_REACHED');
    expect(house.dialler.dialled).toHaveLength(1);
  });

  it('calls one number so often a day and no more', async () => {
    const house = await open({ config: { maxPerNumberPerDay: 2, busyRetries: 5 } });
    const { orderId } = await house.order();
    for (let i = 1; i <= 2; i++) {
      await house.dialled(i);
      house.dialler.last.listener.onOver('busy', null);
      await house.tells(orderId, 'queued:busy');
      await house.pass(125_000, 5000);
    }
    await house.tells(orderId, 'over:refused:DIAL_NUMBER_TOO_OFTEN');
    await expect(house.order()).rejects.toMatchObject({ code: 'DIAL_NUMBER_TOO_OFTEN' });
  });

  it('takes no more orders than may wait', async () => {
    const house = await open({ config: { maxQueued: 2 } });
    const notBeforeAt = house.now + 60_000;
    for (let i = 0; i < 2; i++) await house.order({ notBeforeAt });
    await expect(house.order({ notBeforeAt })).rejects.toMatchObject({
      code: 'DIAL_QUEUE_FULL',
      retryable: true,
    });
  });

  it('takes the same order twice within a day for one', async () => {
    const house = await open();
    const both = await Promise.all([
      house.order({ idempotencyKey: 'k' }),
      house.order({ idempotencyKey: 'k' }),
    ]);
    expect(both[0].orderId).toBe(both[1].orderId);
    await house.dialled(1);
    house.dialler.last.listener.onOver('failed', null);
    await expect(house.order({ idempotencyKey: 'k', to: '+4930123457' })).rejects.toMatchObject({
      code: 'DIAL_KEY_REUSED',
    });
    await house.pass(2000);
    expect(house.dialler.dialled).toHaveLength(1);
    house.calls.clock.advance(86_400_000);
    expect((await house.order({ idempotencyKey: 'k' })).orderId).not.toBe(both[0].orderId);
  });

  it('gives up an order that waits, and one that rings, and none that was answered', async () => {
    const house = await open();
    const waiting = await house.order({ notBeforeAt: house.now + 60_000 });
    expect(await house.desk.cancel(waiting.orderId, 'Ada')).toBe(true);
    expect(house.story(waiting.orderId)).toBe('queued over:cancelled');
    expect(await house.desk.cancel(waiting.orderId, 'Ada')).toBe(false);
    const { orderId } = await house.order();
    await house.dialled(1);
    house.dialler.last.listener.onRinging();
    await house.tells(orderId, 'ringing');
    expect(await house.desk.cancel(orderId, 'Ada')).toBe(true);
    await until(() => house.dialler.cancelled.length === 1, 'the platform to be told');
    // It was busy at the very moment: it is not tried again all the same.
    house.dialler.last.listener.onOver('busy', null);
    await house.tells(orderId, 'over:busy');
    const third = await house.order({ to: '+4930123457' });
    await house.pass(1000);
    await house.dialled(2);
    house.dialler.last.listener.onAnswered();
    await house.tells(third.orderId, 'answered');
    expect(await house.desk.cancel(third.orderId, 'Ada')).toBe(false);
    expect(await house.desk.cancel('nothing', 'Ada')).toBe(false);
  });

  it('gives up an order that is just being handed to the platform', async () => {
    const house = await open();
    let letGo: () => void = () => undefined;
    house.dialler.before = () => new Promise((resolve) => (letGo = resolve));
    const { orderId } = await house.order();
    await house.tells(orderId, 'dialling');
    expect(await house.desk.cancel(orderId, 'Ada')).toBe(true);
    expect(house.dialler.cancelled).toEqual([]);
    letGo();
    await until(() => house.dialler.cancelled.length === 1, 'the platform to be told');
  });

  describe('of a call', () => {
    async function called(house: DeskHouse, orderId: string) {
      const leg = new ScriptedLeg();
      Object.assign(leg.info, { direction: 'outbound', orderId });
      leg.listener = house.calls.switchboard.offer(leg, house.calls.switchboard.reserve());
      await settled();
      return leg;
    }

    it('knows its id, whoever tells first that it was answered', async () => {
      const house = await open();
      const { orderId } = await house.order();
      await house.dialled(1);
      await called(house, orderId);
      await house.tells(orderId, 'answered');
      expect((await house.desk.find(orderId))!.callId).toBe(house.calls.switchboard.calls[0]!.id);
    });

    it.each(['before', 'after'] as const)(
      'publishes who answered on the call, told %s it came',
      async (when) => {
        const house = await open();
        const { orderId } = await house.order({ detectMachine: true });
        await house.dialled(1);
        const { listener } = house.dialler.last;
        if (when === 'before') listener.onCallee('human', 900);
        const leg = await called(house, orderId);
        if (when === 'after') listener.onCallee('human', 900);
        await house.tells(orderId, 'answered');
        expect(house.calls.tape.all('callee.detected')).toEqual([{ callee: 'human', tookMs: 900 }]);
        await until(() => leg.story.includes('answer'), 'the call to be answered');
        for (let turn = 0; turn < 500 && (await house.desk.find(orderId))?.callee === null; turn++)
          await house.breathe();
        expect(await house.desk.find(orderId)).toMatchObject({ callee: 'human', state: 'answered' });
        expect(leg.story).not.toContain('hangUp');
      },
    );

    it('hangs up on a machine where the order says so', async () => {
      const house = await open();
      const { orderId } = await house.order({ detectMachine: true, onMachine: 'hang-up' });
      await house.dialled(1);
      const leg = await called(house, orderId);
      house.dialler.last.listener.onCallee('machine', 2000);
      expect(leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'machine-answered' });
      expect(house.calls.tape.types).toContain('callee.detected');
      expect(house.calls.tape.types).not.toContain('operator.acted');
      house.dialler.last.listener.onOver('answered', null);
      await house.tells(orderId, 'over:answered');
      expect(await house.desk.find(orderId)).toMatchObject({ callee: 'machine' });
    });

    it('ends it when it lasts longer than any may', async () => {
      const house = await open({ config: { maxCallMs: 60_000 } });
      const { orderId } = await house.order();
      await house.dialled(1);
      const leg = await called(house, orderId);
      await house.tells(orderId, 'answered');
      await house.pass(70_000, 5000);
      expect(leg.orders.at(-1)).toEqual({ kind: 'hangUp', reason: 'limit-reached' });
    });
  });

  it('reaches an end though the platform never tells anything', async () => {
    const house = await open();
    const { orderId } = await house.order();
    await house.dialled(1);
    await house.pass(125_000, 5000);
    expect(house.dialler.asked).toEqual([orderId]);
    expect(house.dialler.cancelled).toEqual(['call-1']);
    await house.pass(45 * 60_000, 30_000);
    await house.tells(orderId, 'over:lost:DIAL_NEVER_TOLD');
    expect(house.dialler.dialled).toHaveLength(1);
  });

  it('reaches an end though the platform never answers, and never dials again', async () => {
    const house = await open();
    house.dialler.before = () => new Promise(() => undefined);
    house.dialler.beforeFollow = () => new Promise(() => undefined);
    const { orderId } = await house.order();
    await house.tells(orderId, 'dialling');
    await house.pass(45 * 60_000, 30_000);
    await house.tells(orderId, 'over:lost:DIAL_NEVER_TOLD');
  });

  it('keeps what it hears until the database takes it', async () => {
    const house = await open();
    const { orderId } = await house.order();
    await house.dialled(1);
    await house.tells(orderId, 'dialling');
    const away = database.db.schema.alterTable('dial_orders').renameTo('dial_orders_gone');
    await away.execute();
    const { listener } = house.dialler.last;
    listener.onRinging();
    listener.onAnswered();
    listener.onOver('answered', null);
    await house.pass(3000);
    expect(house.story(orderId)).toBe('queued dialling');
    await database.db.schema.alterTable('dial_orders_gone').renameTo('dial_orders').execute();
    await house.pass(3000);
    await house.tells(orderId, 'over:answered');
    expect(house.calls.log.lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(0);
  });

  /** What the tables say of orders and attempts. */
  async function written(): Promise<string> {
    const { db } = database;
    const tables = [
      await db.selectFrom('dial_orders').selectAll().execute(),
      await db.selectFrom('dial_attempts').selectAll().execute(),
    ];
    return JSON.stringify(tables);
  }

  it('calls nobody who was erased: what waits is cancelled, and names him no more', async () => {
    const house = await open();
    const person = { parameters: { name: 'Ada' } };
    const later = { ...person, notBeforeAt: house.now + 2 * 86_400_000 };
    const { orderId } = await house.order(later);
    const other = await house.order({ ...later, to: '+4930999888' });
    expect(await house.desk.eraseParty('+4930123456')).toEqual({
      erased: [orderId],
      cancelled: [orderId],
      underWay: [],
    });
    await house.tells(orderId, 'over:cancelled');
    expect(await written()).not.toContain('123456');
    expect(await house.desk.find(other.orderId)).toMatchObject({ state: 'queued' });
    expect(await house.desk.eraseParty('+4930123456')).toMatchObject({ cancelled: [], underWay: [] });
    await house.pass(3 * 86_400_000, 3_600_000);
    await house.dialled(1);
    expect(house.dialler.dialled.map(({ order }) => order.orderId)).toEqual([other.orderId]);
  });

  it('gives up what rings where somebody is erased, tries it no more, and names him no more', async () => {
    const house = await open();
    const { orderId } = await house.order({ parameters: { name: 'Ada' } });
    await house.dialled(1);
    await house.tells(orderId, 'dialling');
    const answer = await house.desk.eraseParty('+4930123456');
    expect(answer).toEqual({ erased: [], cancelled: [], underWay: [orderId] });
    await until(() => house.dialler.cancelled.length === 1, 'the platform to be told');
    house.dialler.last.listener.onOver('busy', null);
    await house.tells(orderId, 'over:busy');
    expect(await written()).not.toMatch(/123456|Ada/);
    await house.pass(300_000, 10_000);
    expect(house.dialler.dialled).toHaveLength(1);
  });

  it('lets a call of somebody who is erased go on, and names him no more when it is over', async () => {
    const house = await open();
    const { orderId } = await house.order({ parameters: { name: 'Ada' } });
    await house.dialled(1);
    house.dialler.last.listener.onAnswered();
    await house.tells(orderId, 'answered');
    expect(await house.desk.eraseParty('+4930123456')).toMatchObject({ underWay: [orderId] });
    await house.pass(2000);
    expect(house.dialler.cancelled).toEqual([]);
    house.dialler.last.listener.onOver('answered', null);
    await house.tells(orderId, 'over:answered');
    expect(await written()).not.toMatch(/123456|Ada/);
  });

  it('takes people out of the orders of calls that are forgotten, once those are over', async () => {
    const house = await open();
    const { orderId } = await house.order({ parameters: { name: 'Ada' } });
    const waiting = await house.order({ to: '+4930999888', notBeforeAt: house.now + 86_400_000 });
    await house.dialled(1);
    house.dialler.last.listener.onOver('no-answer', null);
    await house.tells(orderId, 'over:no-answer');
    await new RecordWriter(database).write([
      rowOf(call(callRecord('c1', { orderId })), 'i', 1),
      rowOf(call(callRecord('c2', { orderId: waiting.orderId })), 'i', 2),
      rowOf(call(callRecord('c3', { orderId: null })), 'i', 3),
    ]);
    await house.desk.forgetCalls(['c2', 'c3', 'unknown']);
    expect(await written()).toMatch(/123456.*Ada/);
    await house.desk.forgetCalls(['c1']);
    expect(await written()).not.toMatch(/123456|Ada/);
    expect(await written()).toContain('999888');
  });

  it('forgets orders after their time and people when it is asked to', async () => {
    const house = await open({ config: { keepOrdersMs: 86_400_000 } });
    const { orderId } = await house.order({ parameters: { name: 'Ada' } });
    await house.dialled(1);
    house.dialler.last.listener.onOver('no-answer', null);
    await house.tells(orderId, 'over:no-answer');
    expect(await house.desk.eraseParty('+4930123456')).toMatchObject({ erased: [orderId], cancelled: [] });
    expect(await written()).not.toMatch(/123456|Ada/);
    house.calls.clock.advance(23 * 3_600_000);
    await house.breathe();
    expect(await house.desk.find(orderId)).not.toBeNull();
    house.calls.clock.advance(2 * 3_600_000);
    for (let turn = 0; turn < 500 && (await house.desk.find(orderId)) !== null; turn++) await house.breathe();
    expect(await house.desk.find(orderId)).toBeNull();
  });

  it('dials an order once though two processes see it at the same time', async () => {
    const config = { callsPerSecond: 100, maxConcurrent: 1000 };
    const two = [await open({ config }), await open({ config })];
    const ids: string[] = [];
    for (let i = 0; i < 20; i++)
      ids.push((await two[i % 2]!.order({ to: `+4930123${String(400 + i)}` })).orderId);
    await until(() => {
      for (const house of two) house.calls.clock.advance(20);
      return two[0]!.dialler.dialled.length + two[1]!.dialler.dialled.length >= 20;
    }, 'all to be dialled');
    for (const house of two) await house.pass(2000);
    const dialled = two.flatMap((house) => house.dialler.dialled.map(({ order }) => order.orderId));
    expect([...dialled].sort()).toEqual([...ids].sort());
  });
});
