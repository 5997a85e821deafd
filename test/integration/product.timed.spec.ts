import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { type AnswerScript, type CalleeScript, SHIPPED_WORDS, shippedSpeech } from '#apps/simulator';
import { readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { REDIS_URL, redisAnswers } from '../../libs/outbound/test/redis.js';
import { type TestPlace, testDatabases } from '../../libs/store/src/testing/test-databases.js';
import { BRIDGE, closeLines, FlowerLine, SHOP, TOOL_SECRET } from '../product/flower-line.js';

const ADA = '+442079460001';
/** A part of Redis of this file's own. */
const OWN_REDIS = `${REDIS_URL}/11`;
const SOUND = { hz: 440, ms: 700 };
const GREETING = 'Hello Ada, this is the flower shop.';
const STATUS = 'It is on its way.';
const GOODBYE = 'Goodbye, Ada.';

/** The model: greets as it is told, asks the tool, and does what is wanted last. */
function model(last: 'transfer' | 'hang_up'): AnswerScript {
  return ({ instructions, toolOutputs, words, request }) => {
    if (toolOutputs.some(({ output }) => output.includes('on its way'))) return { say: STATUS, sound: SOUND };
    if (toolOutputs.length > 0) return { waitMs: 1 };
    const wanted = `${instructions} ${JSON.stringify(request)}`;
    // A machine so slow that the tool has to be bridged: nothing is said.
    if (wanted.includes(BRIDGE)) return { waitMs: 1 };
    if (words === SHIPPED_WORDS['caller-order']) return { call: 'order_status', arguments: { order: '427' } };
    if (words === SHIPPED_WORDS['caller-bye'])
      return last === 'transfer'
        ? { call: 'transfer', arguments: { destination: 'shop' } }
        : [{ say: GOODBYE, sound: SOUND }, { call: 'hang_up' }];
    if (wanted.includes(GREETING)) return { say: GREETING, sound: SOUND };
    return { say: 'I did not expect this.', sound: SOUND };
  };
}

/** Hears the greeting, asks for an order, and says goodbye. */
const ada: CalleeScript = {
  ringsForMs: 500,
  is: 'human',
  knownAfterMs: 2500,
  call: {
    script: async (caller) => {
      await caller.listen();
      await caller.say(shippedSpeech('caller-order'));
      await caller.listen();
      await caller.say(shippedSpeech('caller-bye'));
      await caller.pause(30_000);
    },
    onDial: () => ({ status: 'completed', ringsForMs: 200, talksForMs: 500 }),
  },
};

const hasRedis = await redisAnswers();
const setups = (await testDatabases()).flatMap((database) => [
  { ...database, queue: 'a queue of its own', redis: {} as Record<string, string> },
  ...(hasRedis ? [{ ...database, queue: 'Redis', redis: { REDIS_URL: OWN_REDIS } }] : []),
]);
const places: TestPlace[] = [];

afterEach(async () => {
  await closeLines();
  for (const place of places.splice(0)) await place.close();
  if (!hasRedis) return;
  const redis = new Redis(OWN_REDIS);
  await redis.flushdb();
  await redis.quit();
});

describe.each(setups)('a call that is ordered, on $name with $queue', ({ place: newPlace, redis }) => {
  async function environment() {
    const place = await newPlace();
    places.push(place);
    const { dataDir, databaseUrl } = place;
    return { ...redis, DATA_DIR: dataDir, ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }) };
  }

  it.each(['transfer', 'hang_up'] as const)(
    'is placed, talked through, ended by %s, kept and told of',
    async (last) => {
      const line = await FlowerLine.open({
        answer: model(last),
        tool: (_, response) => response.end(STATUS),
        callees: { [ADA]: ada },
        env: await environment(),
      });
      const { api, booted, twilio } = line;
      const order = { to: ADA, agent: 'flowers', parameters: { customer: 'Ada' }, detectMachine: true };
      const { orderId, state } = await api.order(order);
      expect(state).toBe('queued');
      const over = await api.when(
        () => api.orderOf(orderId),
        (one) => one.state === 'over',
        'the end',
      );
      expect(over).toMatchObject({ outcome: 'answered', callee: 'human', attempts: 1 });
      expect(line.creates).toBe(1);
      const report = await twilio.dialled[0]!.ended;
      expect(report).toMatchObject({
        outcome: 'agent-hung-up',
        breaches: [],
        platformSaid: [],
        ok: true,
      });
      const callId = over.callId!;

      const record = await api.when(
        async () => (await api.calls('?direction=outbound')).items.find((one) => one.callId === callId),
        (one) => one?.recording?.state === 'saved' && one.endedAt !== null,
        'the record',
      );
      expect(record).toMatchObject({
        orderId,
        agent: 'flowers',
        to: ADA,
        endReason: last === 'transfer' ? 'transferred' : 'agent-hung-up',
        endOwner: 'agent',
        tools: expect.arrayContaining([
          expect.objectContaining({ name: 'order_status', failed: false }),
          expect.objectContaining({ name: last, failed: false }),
        ]),
      });

      // The agent speaks first; who has answered is found out beside it.
      const events = await api.events(callId);
      const types = events.map(({ type }) => type);
      expect(types.indexOf('agent.audio.started')).toBeLessThan(types.indexOf('callee.detected'));
      expect(types.indexOf('agent.audio.started')).toBeGreaterThan(-1);

      const called = events.filter(({ type }) => type === 'tool.called');
      expect(called.map(({ data }) => (data as { name: string }).name)).toEqual(['order_status', last]);

      const spoken = (await api.transcript(callId)).map(({ speaker, said, heard }) => ({
        speaker,
        said,
        isWhole: said === heard,
      }));
      const words = (speaker: string, said: string) => ({ speaker, said, isWhole: true });
      expect(spoken).toEqual([
        words('agent', GREETING),
        words('caller', SHIPPED_WORDS['caller-order']),
        words('agent', STATUS),
        words('caller', SHIPPED_WORDS['caller-bye']),
        ...(last === 'hang_up' ? [words('agent', GOODBYE)] : []),
      ]);

      const [request] = line.tools.seen;
      expect(line.tools.seen).toHaveLength(1);
      const asked = new Webhook(TOOL_SECRET).verify(
        request!.body,
        request!.headers as Record<string, string>,
      );
      expect(asked).toMatchObject({
        data: { tool: 'order_status', arguments: { order: '427' }, call: { id: callId, agent: 'flowers' } },
      });
      const dialled = report.events.filter(({ what }) => what.startsWith('<Dial>') && what.includes(SHOP));
      expect(dialled).toHaveLength(last === 'transfer' ? 1 : 0);

      const { bytes, durationMs } = record!.recording!;
      const path = `/calls/${callId}/recording`;
      const whole = Buffer.from(await (await api.fetch(path)).arrayBuffer());
      expect(whole.length).toBe(bytes);
      const { sampleRate, channels } = readWav(whole);
      expect((channels[0]!.length * 1000) / sampleRate).toBeCloseTo(durationMs, -1);
      const part = await api.fetch(path, { headers: { range: `bytes=100-${bytes - 101}` } });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes 100-${bytes - 101}/${bytes}`);
      expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, bytes - 100))).toBe(true);

      await until(() => line.told.some(({ type }) => type === 'recording.saved'), 'the webhooks', 20_000);
      const { tape } = booted;
      const mine = line.told.filter((one) => one.callId === callId);
      const toldTypes = new Set(mine.map(({ type }) => type));
      const happened = tape.entries.filter(
        ({ type, stamp }) => stamp.callId === callId && toldTypes.has(type),
      );
      expect(mine.map(({ type }) => type)).toEqual(happened.map(({ type }) => type).slice(0, mine.length));
      expect([...toldTypes]).toEqual(
        expect.arrayContaining(['call.offered', 'call.connected', 'call.ended']),
      );
      expect(line.unsigned).toEqual([]);
    },
    90_000,
  );

  it.each([
    ['busy', { does: 'busy' }, 'busy'],
    ['not answered', { does: 'no-answer' }, 'no-answer'],
    ['not possible', { does: 'failed' }, 'failed'],
  ] as const)(
    'that is %s gets there',
    async (_what, callee, outcome) => {
      const line = await FlowerLine.open({
        answer: model('hang_up'),
        tool: (_, response) => response.end(),
        callees: { [ADA]: callee },
        env: await environment(),
      });
      const { api } = line;
      const { orderId } = await api.order({ to: ADA, agent: 'flowers', ringForMs: 5000 });
      const tried = await api.when(
        () => api.orderOf(orderId),
        (one) => one.outcome !== null,
        'its outcome',
      );
      expect(tried).toMatchObject({ outcome, attempts: 1, callId: null });
      expect(line.creates).toBe(1);
      expect((await api.calls()).items).toEqual([]);
    },
    60_000,
  );
});

describe('a call that is ordered and of which Twilio never tells anything', () => {
  it('gets to its end all the same', async () => {
    const line = await FlowerLine.open({
      answer: model('hang_up'),
      tool: (_, response) => response.end(),
      callees: { [ADA]: { does: 'busy', call: { statusCallbacksLost: true } } },
    });
    const { api } = line;
    const { orderId } = await api.order({ to: ADA, agent: 'flowers', ringForMs: 5000 });
    const tried = await api.when(
      () => api.orderOf(orderId),
      ({ outcome }) => outcome !== null,
      'its outcome',
    );
    expect(tried).toMatchObject({ outcome: 'busy', attempts: 1 });
    expect(line.creates).toBe(1);
  }, 60_000);
});
