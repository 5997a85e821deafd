import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { GatewayEventRouter } from '#libs/core';
import { redact } from '#libs/privacy';
import { openDatabase } from '#libs/store';
import { CapturedLog, callHouse, systemClock, until } from '#libs/testing';
import { GuardedHttp } from '#libs/tools';
import { type Outage, outageOf } from '../../store/src/testing/outage.js';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import { HttpRig } from '../../tools/test/http-rig.js';
import { Webhooks, WebhooksConfig } from './index.js';

// They wait for real sockets, databases and files; this only bounds how long a busy machine may take.
jest.setTimeout(60_000);

describe.each(await testDatabases())('webhooks while $name is away', ({ name, place: newPlace }) => {
  let place: TestPlace;
  let outage: Outage;
  let rig: HttpRig;
  const ends: (() => unknown)[] = [];

  beforeEach(async () => {
    place = await newPlace();
    await place.open(new CapturedLog());
    outage = await outageOf(place);
    rig = await HttpRig.start((_, response) => response.end());
  });
  afterEach(async () => {
    await outage.end();
    for (const end of ends.splice(0).reverse()) await end();
    await outage.close();
    await rig.close();
    await place.close();
  });

  /** A process with webhooks and calls; all of them work in one folder, one after the other. */
  async function house(spoolMaxBytes = 10_000_000) {
    const log = new CapturedLog();
    const database = openDatabase({ ...place, databaseUrl: outage.databaseUrl, log });
    ends.push(() => database.close());
    const http = new GuardedHttp({ allowedHosts: ['127.0.0.1'] });
    ends.push(() => http.close());
    const webhooks = await Webhooks.open({
      config: new WebhooksConfig(),
      database,
      dataDir: place.dataDir,
      spoolMaxBytes,
      http,
      clock: systemClock,
      log,
      events: new GatewayEventRouter(systemClock, log),
      redact,
    });
    ends.push(() => webhooks.close());
    const calls = callHouse({ observers: [webhooks] });
    ends.push(() => calls.switchboard.close());
    return { webhooks, log, calls };
  }

  type House = Awaited<ReturnType<typeof house>>;

  const subscribe = ({ webhooks }: House) =>
    webhooks.create({ url: rig.url(), events: ['transcript.final'] }, 'a test');

  /** A call that goes on; the returned function says something in it. */
  function call({ calls }: House): (text: string) => void {
    const { session } = calls.offer({ platformCallId: randomUUID() });
    return (text) => session.router.publish('transcript.final', { speaker: 'caller', itemId: text, text });
  }

  /** What the endpoint was told, in the order in which it was told, by call. */
  function told(): readonly (readonly string[])[] {
    const calls = new Map<string, string[]>();
    for (const { body } of rig.seen) {
      const { callId, data } = JSON.parse(body);
      calls.set(callId, [...(calls.get(callId) ?? []), data.text]);
    }
    return [...calls.values()];
  }

  const files = async () =>
    (await readdir(join(place.dataDir, 'spool', 'webhooks'))).filter((file) => file.endsWith('.jsonl'));
  const onDisk = (one: House, rows: number) =>
    until(() => one.webhooks.spool.rows === rows, `${rows} events on disk`, 30_000);

  it('keep on disk what happens, and tell it once and in the order of each call', async () => {
    const one = await house();
    await subscribe(one);
    const says = Array.from({ length: 5 }, () => call(one));
    for (const say of says) say('1');
    await until(() => rig.seen.length === 5, 'what was said before');
    // That it has arrived is noted, too: otherwise it would be sent again.
    while ((await one.webhooks.backlog()).waiting > 0) await new Promise(setImmediate);
    await outage.begin();
    for (const text of ['2', '3', '4']) for (const say of says) say(text);
    await onDisk(one, 15);
    expect(one.webhooks.spool).toMatchObject({ delivered: 0, lost: {} });
    expect(one.webhooks.spool.oldestAgeMs).not.toBeNull();
    // A file that somebody holds can still be read.
    if (name === 'postgres')
      await expect(one.webhooks.backlog()).rejects.toMatchObject({ code: 'STORE_AWAY' });
    await outage.end();
    // These must not overtake what lies on disk.
    for (const say of says) say('5');
    await until(() => rig.seen.length >= 25, 'everything', 30_000);
    await one.webhooks.close();
    expect(told()).toEqual(Array(5).fill(['1', '2', '3', '4', '5']));
    expect(new Set(rig.seen.map(({ headers }) => headers['webhook-id'])).size).toBe(25);
    expect(one.webhooks.spool).toMatchObject({ rows: 0, oldestAgeMs: null, lost: {} });
    expect(one.webhooks.spool.delivered).toBeGreaterThanOrEqual(15);
    expect(await files()).toEqual([]);
  });

  it('leave on disk what a later process tells, once', async () => {
    const first = await house();
    await subscribe(first);
    await outage.begin();
    const say = call(first);
    for (const text of ['1', '2', '3']) say(text);
    await first.webhooks.close();
    expect(rig.seen).toEqual([]);
    expect(await files()).toHaveLength(1);
    await outage.end();
    const second = await house();
    expect(second.webhooks.spool.rows).toBe(3);
    await until(() => rig.seen.length >= 3, 'what had waited', 30_000);
    await second.webhooks.close();
    const third = await house();
    await third.webhooks.close();
    expect(told()).toEqual([['1', '2', '3']]);
    expect(await files()).toEqual([]);
  });

  it('count what there is no room for, and tell the rest', async () => {
    const one = await house(2000);
    await subscribe(one);
    await outage.begin();
    const say = call(one);
    say('first');
    await onDisk(one, 1);
    for (let i = 0; i < 50; i++) say(`${i}`);
    await until(() => one.webhooks.spool.lost['no-room'] === 50, 'the loss to be counted', 30_000);
    await outage.end();
    await until(() => rig.seen.length === 1, 'the one', 30_000);
    expect(told()).toEqual([['first']]);
    expect(one.log.lines.filter(({ fields }) => fields.code === 'WEBHOOK_LOST')).toHaveLength(1);
  });

  // A file that somebody holds stops the start of a gateway; a server that is away does not.
  if (name === 'postgres')
    it('are kept by a process that starts meanwhile, for those of whom an earlier one knew', async () => {
      const first = await house();
      await subscribe(first);
      await first.webhooks.list();
      await first.webhooks.close();
      await outage.begin();
      const second = await house();
      const say = call(second);
      say('unheard by the database');
      await onDisk(second, 1);
      await outage.end();
      await until(() => rig.seen.length > 0, 'what was said meanwhile', 30_000);
      expect(told()).toEqual([['unheard by the database']]);
    });
});
