import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, type CallReport, type OpenAiSim, placeCrowd, shippedSpeech } from '#apps/simulator';
import { CallStore } from '#libs/store';
import { CapturedLog, until } from '#libs/testing';
import { type Outage, outageOf } from '../../libs/store/src/testing/outage.js';
import { type TestPlace, testDatabases } from '../../libs/store/src/testing/test-databases.js';
import { keptStories, toldStories } from '../product/kept.js';
import { Moment } from '../product/moment.js';
import { lightGateway, ring, talkativeAi } from '../product/talking-site.js';
import { closeAll } from './boot.js';

/** The embedded database knows no line that is cut, only somebody who holds its file; so long nobody holds it. */
const AWAY_MS = { postgres: 30_000, libsql: 8000 };
const BEFORE = 30;
const DURING = 20;

/** A question and its answer. */
async function turn(caller: Caller): Promise<void> {
  await caller.say(shippedSpeech('caller-hours'));
  await caller.listen();
}

describe.each(await testDatabases())('while $name is away', ({ name, place: newPlace }) => {
  let place: TestPlace;
  let outage: Outage;
  let ai: OpenAiSim;

  beforeEach(async () => {
    place = await newPlace();
    // Tables are made before anybody is cut off from them.
    await place.open(new CapturedLog());
    outage = await outageOf(place);
    ai = await talkativeAi();
  });
  afterEach(async () => {
    await closeAll();
    await outage.close();
    await ai.close();
    await place.close();
  });

  const gateway = () => lightGateway(ai, { dataDir: place.dataDir, databaseUrl: outage.databaseUrl });

  async function keptNow() {
    return keptStories(new CallStore(await place.open(new CapturedLog())));
  }

  it('fifty calls begin, talk and end undisturbed, and all that happened in them is kept once', async () => {
    const booted = await gateway();
    const { tape } = booted;
    const cut = new Moment();
    const back = new Moment();
    const asked: number[] = [];
    const call = (index: number, isLast: boolean) =>
      ring(booted, async (caller) => {
        await caller.listen();
        await turn(caller);
        asked.push(index);
        await cut.came;
        await turn(caller);
        if (isLast) {
          await back.came;
          await turn(caller);
        }
      });
    const before = placeCrowd({ calls: BEFORE, rampMs: 4000 }, (index) => call(index, index % 2 === 0));
    await until(() => asked.length === BEFORE, 'the first calls', 40_000);
    await outage.begin();
    const beganMs = performance.now();
    cut.comes();
    await until(() => tape.types.includes('store.away'), 'the outage', 20_000);
    const during = placeCrowd({ calls: DURING, rampMs: 3000 }, (index) => call(index, index % 2 === 0));
    const ended = () => tape.all('call.ended').length;
    await until(() => ended() === (BEFORE + DURING) / 2, 'those that end meanwhile', 40_000);
    expect(booted.gateway.switchboard.callCount).toBe((BEFORE + DURING) / 2);
    await sleep(Math.max(0, AWAY_MS[name] - (performance.now() - beganMs)));
    expect(tape.types).not.toContain('store.back');
    await outage.end();
    await until(() => tape.types.includes('store.back'), 'the database', 20_000);
    back.comes();
    const reports: CallReport[] = [...(await before), ...(await during)];
    await until(() => ended() === BEFORE + DURING, 'the last end');
    await booted.gateway.close();

    expect(reports.map(({ ok, outcome, failures }) => ({ ok, outcome, failures }))).toEqual(
      reports.map(() => ({ ok: true, outcome: 'caller-hung-up', failures: [] })),
    );
    expect(reports.flatMap(({ agent }) => agent.gaps)).toEqual([]);
    expect(reports.flatMap(({ turns }) => turns.filter((one) => one.answerHeardAfterMs === null))).toEqual(
      [],
    );
    for (const type of ['audio.dropped', 'audio.stalled', 'backend.lost', 'call.suspended'] as const) {
      expect(tape.all(type)).toEqual([]);
    }
    expect(tape.all('store.away')).toEqual([{ code: 'STORE_AWAY' }]);
    const delivered = tape.all('store.back');
    expect(delivered).toHaveLength(1);
    expect(delivered[0]!.delivered).toBeGreaterThan(500);

    const told = toldStories(tape);
    expect(told.size).toBe(BEFORE + DURING);
    expect(await keptNow()).toEqual(told);
    // The greeting, and three or two questions with their answers.
    const lines = [...told.values()].map((story) => story.lines.length).sort();
    expect(lines).toEqual([...Array(25).fill(5), ...Array(25).fill(7)]);
  }, 240_000);

  it('a gateway that is stopped leaves on disk what its successor delivers, once', async () => {
    const first = await gateway();
    const { tape } = first;
    const cut = new Moment();
    let ready = 0;
    const calls = Array.from({ length: 6 }, (_, index) =>
      ring(first, async (caller) => {
        await caller.listen();
        ready++;
        await cut.came;
        await turn(caller);
        if (index % 2 === 0) await caller.pause(120_000);
      }),
    );
    await until(() => ready === calls.length, 'the calls', 20_000);
    await outage.begin();
    cut.comes();
    await until(() => tape.all('call.ended').length === 3, 'those that end by themselves', 20_000);
    await until(() => tape.types.includes('store.away'), 'the outage', 20_000);
    await first.gateway.close();
    await Promise.all(calls.map((call) => call.ended));
    const told = toldStories(tape);
    expect([...told.values()].map(({ end }) => end).sort()).toEqual([
      ...Array(3).fill('caller-hung-up'),
      ...Array(3).fill('gateway-draining'),
    ]);
    expect(tape.types).not.toContain('store.back');

    // A file that somebody holds stops the start; a server that is away does not.
    if (name === 'libsql') await outage.end();
    const second = await gateway();
    await outage.end();
    await until(() => second.tape.types.includes('store.back'), 'what had waited', 20_000);
    await second.gateway.close();
    expect(await keptNow()).toEqual(told);

    const third = await gateway();
    await third.gateway.close();
    expect(third.tape.types).not.toContain('store.back');
    expect(await keptNow()).toEqual(told);
  }, 120_000);
});
