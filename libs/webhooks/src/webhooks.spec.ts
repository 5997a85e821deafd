import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook as Verifier } from 'standardwebhooks';
import type { PrivacyPolicy } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { redact } from '#libs/privacy';
import { CapturedLog, callHouse, EventTape, ManualClock } from '#libs/testing';
import { GuardedHttp } from '#libs/tools';
import { type TestPlace, testDatabases } from '../../store/src/testing/test-databases.js';
import { type Answer, HttpRig } from '../../tools/test/http-rig.js';
import { type WebhookRequest, Webhooks, WebhooksConfig } from './index.js';
import { Outbox } from './outbox.js';
import { newRow } from './outbox-row.js';

const BASE_AT = 1_763_700_000_000;
const MINUTE_MS = 60_000;
/** Of those that a delivery takes, from the look for what is due to the note of what became of it. */
const ROUND_TRIPS = 3;

// They wait for real sockets and databases; this only bounds how long a busy machine may take.
jest.setTimeout(60_000);

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function endpoint(answer: Answer = (_, response) => response.end()): Promise<HttpRig> {
  const rig = await HttpRig.start(answer);
  ends.push(() => rig.close());
  return rig;
}

const status =
  (code: number): Answer =>
  (_, response) =>
    response.writeHead(code).end();

describe.each(await testDatabases())('webhooks on $name', (database) => {
  let place: TestPlace;

  /** A process with webhooks and calls. Time passes only while something is waited for: a quarter of a second each time it looks. */
  async function house(
    config: Partial<WebhooksConfig> = {},
    more: { place?: TestPlace; privacy?: PrivacyPolicy; clock?: ManualClock } = {},
  ) {
    if (more.place === undefined) {
      place = await database.place();
      const mine = place;
      ends.push(() => mine.close());
    }
    const log = new CapturedLog();
    const open = await place.open(log);
    const clock = more.clock ?? new ManualClock();
    const http = new GuardedHttp({ allowedHosts: ['127.0.0.1'] });
    ends.push(() => http.close());
    const router = new GatewayEventRouter(clock, log);
    const tape = new EventTape(router);
    const webhooks = await Webhooks.open({
      config: Object.assign(new WebhooksConfig(), { timeoutMs: 5000, ...config }),
      database: open,
      // One process works in a folder.
      dataDir: join(place.dataDir, randomUUID()),
      spoolMaxBytes: 10_000_000,
      http,
      clock,
      log,
      events: router,
      redact,
      wallMs: () => BASE_AT + clock.nowMs(),
      random: () => 1,
    });
    const privacy = more.privacy ?? { redact: [], keepForMs: null };
    const mine = callHouse({ observers: [webhooks], agent: { name: 'desk', privacy } });
    ends.push(() => mine.switchboard.close());
    ends.push(() => webhooks.close());
    return { webhooks, clock, log, open, router, tape, calls: mine };
  }

  type House = Awaited<ReturnType<typeof house>>;

  /** A quarter of a second passes each time it looks. Meanwhile the database has answered so often that a busy machine delivers in time. */
  async function passing({ clock, open }: House, what: () => boolean, words: string): Promise<void> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      clock.advance(250);
      if (what()) return;
      if (performance.now() > deadline) throw new Error(`Waited in vain for ${words}.`);
      await setTimeout(5);
      for (let i = 0; i < ROUND_TRIPS; i++)
        await open.db.selectFrom('webhook_subscriptions').select('enabled').limit(1).execute();
    }
  }

  /** Asks again and again, one question at a time, until the answer fits. */
  async function seen<T>(one: House, ask: () => Promise<T>, fits: (answer: T) => boolean, words: string) {
    let latest: T | undefined;
    let asking: Promise<void> | null = null;
    await passing(
      one,
      () => {
        asking ??= ask().then((answer) => {
          latest = answer;
          asking = null;
        });
        return latest !== undefined && fits(latest);
      },
      words,
    );
    await asking;
    return latest!;
  }

  const subscribe = (to: House, request: Partial<WebhookRequest> & { url: string }) =>
    to.webhooks.create({ events: ['transcript.final'], ...request }, 'a test');

  /** A call in which these words are said. */
  function say({ calls }: House, ...words: string[]): string {
    const { session, control } = calls.offer({ platformCallId: randomUUID() });
    for (const text of words)
      session.router.publish('transcript.final', { speaker: 'caller', itemId: text, text });
    control.hangUp('a test');
    return session.id;
  }

  const textsOf = (rig: HttpRig) => rig.seen.map(({ body }) => JSON.parse(body).data.text);

  it('tell each event of a call in its order, signed, without what its agent keeps private', async () => {
    const one = await house({}, { privacy: { redact: ['emails'], keepForMs: null } });
    const rig = await endpoint();
    const { secret } = await subscribe(one, { url: rig.url('/calls') });
    const callId = say(one, 'Hello', 'I am ada@example.com', 'Bye');
    await passing(one, () => rig.seen.length === 3, 'three events');
    expect(textsOf(rig)).toEqual(['Hello', 'I am [email]', 'Bye']);
    const ids = new Set<string>();
    for (const { method, headers, body } of rig.seen) {
      const signed = {
        'webhook-id': String(headers['webhook-id']),
        'webhook-signature': String(headers['webhook-signature']),
      };
      expect(method).toBe('POST');
      // The library refuses what is too old, so the time is looked at apart.
      const sentAt = new Date(Number(headers['webhook-timestamp']) * 1000);
      expect(new Verifier(secret).sign(signed['webhook-id'], sentAt, body)).toBe(signed['webhook-signature']);
      expect(sentAt.getTime() - BASE_AT).toBeLessThan(MINUTE_MS);
      expect(JSON.parse(body)).toEqual({
        type: 'transcript.final',
        callId,
        atMs: 0,
        at: expect.any(Number),
        data: expect.objectContaining({ speaker: 'caller' }),
      });
      ids.add(signed['webhook-id']);
    }
    expect(ids.size).toBe(3);
    expect(JSON.stringify(one.log.lines)).not.toContain('ada@example');
  });

  it('try again with the same id, and tell nothing of a call out of its order meanwhile', async () => {
    const one = await house();
    const rig = await endpoint((_, response, count) => response.writeHead(count <= 2 ? 500 : 200).end());
    await subscribe(one, { url: rig.url() });
    say(one, 'first', 'second');
    await passing(one, () => rig.seen.length === 4, 'two failures and two deliveries');
    expect(textsOf(rig)).toEqual(['first', 'first', 'first', 'second']);
    const ids = rig.seen.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    // An event has come before its answer is noted.
    const list = async () => (await one.webhooks.list())[0]!;
    const webhook = await seen(one, list, ({ lastCode }) => lastCode === null, 'the note of the success');
    expect(webhook.failingSince).toBeNull();
  });

  it('reach the others while one endpoint hangs, one breaks and one leads to a closed network', async () => {
    // Long enough that a busy machine does not make the good endpoint a slow one.
    const one = await house({ timeoutMs: 2000 });
    const hanging = await endpoint(() => undefined);
    const broken = await endpoint(status(500));
    const leading = await endpoint((_, response) =>
      response.writeHead(307, { location: 'http://10.1.2.3/inside' }).end(),
    );
    const good = await endpoint();
    const made: string[] = [];
    for (const rig of [hanging, broken, leading, good])
      made.push((await subscribe(one, { url: rig.url() })).webhook.id);
    for (let i = 0; i < 20; i++) say(one, `call ${i}`);
    await passing(one, () => new Set(textsOf(good)).size === 20, 'all events at the good endpoint');
    // An event has come before its answer is noted.
    const found = await seen(
      one,
      () => Promise.all(made.map(async (id) => (await one.webhooks.find(id))!)),
      ([first, second, third, fourth]) =>
        first?.lastCode === 'HTTP_TIMEOUT' &&
        !!second?.lastCode &&
        !!third?.lastCode &&
        fourth?.waiting === 0 &&
        fourth.lastCode === null,
      'the codes of the failures, and nothing that waits for the good endpoint',
    );
    const codes = found.map(({ lastCode }) => lastCode);
    expect(codes).toEqual(['HTTP_TIMEOUT', 'WEBHOOK_STATUS_500', expect.stringMatching(/^HTTP_/), null]);
    expect(found.map(({ waiting, dead }) => waiting + dead)).toEqual([20, 20, 20, 0]);
  });

  it('reach one endpoint however many others hang', async () => {
    const one = await house({ timeoutMs: 60_000 });
    const hanging = await Promise.all([endpoint(() => undefined), endpoint(() => undefined)]);
    const hung = () => hanging.reduce((sum, { seen }) => sum + seen.length, 0);
    for (let i = 0; i < 16; i++) await subscribe(one, { url: hanging[i % 2]!.url() });
    for (let i = 0; i < 8; i++) say(one, `call ${i}`);
    await passing(one, () => hung() === 64, 'as many deliveries as may hang');
    const good = await endpoint();
    await subscribe(one, { url: good.url() });
    for (let i = 0; i < 8; i++) say(one, `later ${i}`);
    await passing(one, () => new Set(textsOf(good)).size === 8, 'all events at the good endpoint');
    expect(hung()).toBe(64);
  });

  it('give an event up after its time, and go on with the next of the call', async () => {
    const one = await house({ retryHours: 0.01, pauseAfterMs: 3_600_000 });
    const rig = await endpoint((seen, response) =>
      response.writeHead(JSON.parse(seen.body).data.text === 'bad' ? 400 : 200).end(),
    );
    const { webhook } = await subscribe(one, { url: rig.url() });
    say(one, 'bad', 'good');
    await passing(one, () => textsOf(rig).includes('good'), 'the event behind the one that nobody takes');
    expect(textsOf(rig)).toEqual(['bad', 'bad', 'bad', 'good']);
    expect(await one.webhooks.find(webhook.id)).toMatchObject({ dead: 1 });
  });

  it('leave an endpoint alone that has failed for long, then try one event', async () => {
    const one = await house({ pauseAfterMs: 10_000, pauseForMs: 30 * MINUTE_MS });
    let isBroken = true;
    const rig = await endpoint((_, response) => response.writeHead(isBroken ? 503 : 200).end());
    const { webhook } = await subscribe(one, { url: rig.url() });
    say(one, 'first');
    const find = async () => (await one.webhooks.find(webhook.id))!;
    await seen(one, find, ({ pausedUntil }) => pausedUntil !== null, 'the pause');
    const tries = rig.seen.length;
    for (let i = 0; i < 10; i++) say(one, `later ${i}`);
    await seen(one, find, ({ waiting }) => waiting === 11, 'the events in the outbox');
    one.clock.advance(MINUTE_MS);
    expect(rig.seen).toHaveLength(tries);
    isBroken = false;
    one.clock.advance(30 * MINUTE_MS);
    await passing(one, () => rig.seen.length === tries + 11, 'everything after the pause');
    expect(await one.webhooks.find(webhook.id)).toMatchObject({ failingSince: null, pausedUntil: null });
  });

  it('are switched off by an endpoint that says it is gone', async () => {
    const one = await house();
    const rig = await endpoint(status(410));
    const { webhook } = await subscribe(one, { url: rig.url() });
    say(one, 'first', 'second');
    await seen(
      one,
      async () => (await one.webhooks.find(webhook.id))!,
      ({ enabled }) => !enabled,
      'the switch',
    );
    say(one, 'third');
    one.clock.advance(10 * MINUTE_MS);
    expect(rig.seen).toHaveLength(1);
  });

  it('of two processes on one database come once each, and in order', async () => {
    const rig = await endpoint();
    const one = await house();
    await subscribe(one, { url: rig.url() });
    const two = await house({}, { place, clock: one.clock });
    for (let i = 0; i < 10; i++) {
      say(one, `one ${i} a`, `one ${i} b`, `one ${i} c`);
      say(two, `two ${i} a`, `two ${i} b`, `two ${i} c`);
    }
    await passing(one, () => rig.seen.length >= 60, 'sixty events');
    one.clock.advance(2000);
    await passing(one, () => rig.seen.length >= 60, 'nothing more');
    const texts = textsOf(rig);
    expect(texts).toHaveLength(60);
    expect(new Set(texts).size).toBe(60);
    for (const who of ['one', 'two'])
      for (let i = 0; i < 10; i++)
        expect(texts.filter((text) => text.startsWith(`${who} ${i} `)).map((text) => text.at(-1))).toEqual([
          'a',
          'b',
          'c',
        ]);
  });

  it('are sent again by another when the process that was sending them died', async () => {
    const rig = await endpoint();
    const one = await house();
    const { webhook } = await subscribe(one, { url: rig.url() });
    await one.webhooks.close();
    const dead = new Outbox(one.open, 'a process that died', () => BASE_AT + one.clock.nowMs());
    const body = JSON.stringify({ data: { text: 'left behind' } });
    await dead.add([
      newRow({
        delivery_id: 'msg_1',
        subscription_id: webhook.id,
        lane: 'c1',
        position: 1,
        call_id: 'c1',
        body,
        created_at: BASE_AT,
      }),
    ]);
    expect(await dead.claim(webhook.id, 10)).toHaveLength(1);
    const two = await house({}, { place, clock: one.clock });
    const startMs = one.clock.nowMs();
    one.clock.advance(55_000);
    await passing(two, () => rig.seen.length === 1, 'the event');
    expect(one.clock.nowMs() - startMs).toBeGreaterThanOrEqual(59_000);
    expect(textsOf(rig)).toEqual(['left behind']);
  });

  it('say nothing of calls that were forgotten, nor to one that was removed', async () => {
    const one = await house();
    const rig = await endpoint(status(500));
    const { webhook } = await subscribe(one, { url: rig.url() });
    const callId = say(one, 'secret');
    await passing(one, () => rig.seen.length === 1, 'the first attempt');
    expect(await one.webhooks.forgetCalls([callId])).toBe(1);
    expect((await one.webhooks.find(webhook.id))!.waiting).toBe(0);
    expect(await one.webhooks.remove(webhook.id)).toBe(true);
    expect(await one.webhooks.remove(webhook.id)).toBe(false);
    say(one, 'more');
    one.clock.advance(MINUTE_MS);
    expect(rig.seen).toHaveLength(1);
  });

  it('tell calls of the agents that were chosen, and orders to dial to those who take all', async () => {
    const one = await house();
    const [all, some] = [await endpoint(), await endpoint()];
    await subscribe(one, { url: all.url(), events: ['call.offered', 'dial.changed'] });
    await subscribe(one, { url: some.url(), events: ['call.*', 'dial.changed'], agents: ['other'] });
    say(one);
    one.router.publish('dial.changed', {
      orderId: 'o1',
      state: 'ringing',
      outcome: null,
      code: null,
      attempt: 1,
    });
    await passing(one, () => all.seen.length === 2, 'both events');
    expect(all.seen.map(({ body }) => JSON.parse(body).type).sort()).toEqual([
      'call.offered',
      'dial.changed',
    ]);
    expect(some.seen).toEqual([]);
  });

  it.each([
    [{ url: 'ftp://example.com/' }, 'WEBHOOK_URL_INVALID'],
    [{ url: 'https://user:secret@example.com/' }, 'HTTP_URL_REFUSED'],
    [{ url: 'https://example.com/', events: ['call.ended', 'call.answred'] }, 'WEBHOOK_EVENT_UNKNOWN'],
    [{ url: 'https://example.com/', events: ['audio.*', 'quality.sampled'] }, 'WEBHOOK_EVENT_UNKNOWN'],
    [{ url: 'https://example.com/', secret: 'whsec_c2hvcnQ=' }, 'WEBHOOK_SECRET_INVALID'],
  ])('are refused as %j', async (request, code) => {
    const one = await house();
    await expect(one.webhooks.create(request, 'a test')).rejects.toMatchObject({ code });
    expect(await one.webhooks.list()).toEqual([]);
  });
});
