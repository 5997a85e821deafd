import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { panelQueries } from '#apps/dashboards';
import { type OpenAiSim, startOpenAiSim } from '#apps/simulator';
import type { GatewayEvents } from '#libs/contracts';
import { until } from '#libs/testing';
import { type Booted, boot, closeAll } from '../integration/boot.js';
import { compressed } from './end-to-end/compressed.js';
import { chat, monologue, PLANTED, type Planted, place } from './end-to-end/planted.js';
import { Prometheus, prometheusIsHere } from './end-to-end/prometheus.js';
import { ruleQueries } from './rules.js';

/** As the shipped file, and what it leaves off is on: every kind of fault is to be told. */
const YAML = `
gateway: {}
agent: {}
platforms: {twilio: {}, audiocodes: {}}
backends: {openai-realtime: {}}
observers:
  metrics: {}
  conversation: {}
  quality: {thresholds: {bandwidth: 2500}, stalledAfterMs: 5000}
`;

/** Two good calls on each platform, and one for each fault. */
const GOOD = ['twilio', 'audiocodes', 'twilio', 'audiocodes'] as const;
const CALLS = GOOD.length + PLANTED.length;
/** Within this time everything that is planted must have been told. */
const TOLD_WITHIN_MS = 100_000;

/** What else goes wrong while the calls run, and the alert that must come of it. */
const OTHER_ALERTS = [
  'PatchbayNearCap',
  'PatchbayCallersTurnedAway',
  'PatchbayAuthRefusals',
  'PatchbayBackendErrors',
  'PatchbayScoreLow',
] as const;
const HELD_UP = 'PatchbayEventLoopLag';
const HOLD_UPS = 60;

if (!prometheusIsHere) {
  console.warn(
    'Skipped: the rules and panels against a real Prometheus, since no `prometheus` is on the PATH.',
  );
}
const whereItIs = prometheusIsHere ? describe : describe.skip;

whereItIs('the gateway before a real Prometheus', () => {
  let sim: OpenAiSim;
  let booted: Booted;
  let prometheus: Prometheus;
  let isOver = false;
  const callIds = new Map<string, string>();
  const ended: Promise<unknown>[] = [];
  /** Alerts that have fired, and expressions that have given something, so far. */
  const fired = new Set<string>();
  const answered = new Set<string>();
  const failures = new Set<string>();
  let against: readonly string[] = [];
  const recordings = ruleQueries()
    .filter(({ kind }) => kind === 'record')
    .map(({ name }) => ({ dashboard: 'rules', panel: name, expr: name }));
  const queries = [
    ...panelQueries({ rateInterval: '200s', range: '20m' }).map((query) => ({
      ...query,
      expr: compressed(query.expr),
    })),
    ...recordings,
  ];

  const look = async () => {
    for (const name of await prometheus.firing()) fired.add(name);
    for (const { expr } of queries) {
      if (answered.has(expr)) continue;
      const samples = await prometheus.query(expr).catch((error: Error) => {
        failures.add(error.message);
        return [];
      });
      if (samples.some(({ value }) => value[1] !== 'NaN')) answered.add(expr);
    }
  };

  const told = (planted: Planted): boolean => {
    const callId = callIds.get(planted.name);
    return booted.tape.entries.some(
      ({ type, data, stamp }) =>
        stamp.callId === callId &&
        (planted.kind === 'stalled'
          ? type === 'audio.stalled'
          : type === 'quality.degraded' && (data as { kind: string }).kind === planted.kind),
    );
  };

  const begin = async (name: string, call: ReturnType<typeof place>) => {
    ended.push(call.ended);
    const before = booted.tape.all('call.connected').length;
    await until(() => booted.tape.all('call.connected').length > before, `the call with ${name}`, 20_000);
    await look();
    const entry = booted.tape.entries.findLast(({ type }) => type === 'call.connected')!;
    callIds.set(name, entry.stamp.callId);
  };

  beforeAll(async () => {
    sim = await startOpenAiSim({ apiKey: 'sim-key', keepSound: false });
    booted = await boot(
      {
        AI_BACKEND: 'openai-realtime',
        OPENAI_API_KEY: 'sim-key',
        OPENAI_REALTIME_URL: sim.url,
        MAX_CALLS: String(CALLS + 1),
      },
      { yaml: YAML },
    );
    prometheus = await Prometheus.start(new URL(booted.origin).host);
    for (const planted of PLANTED)
      await begin(
        planted.name,
        place(
          planted.platform,
          booted,
          (planted.script ?? monologue)(() => isOver),
          planted.faults,
        ),
      );
    for (const [i, platform] of GOOD.entries())
      await begin(
        `good ${i}`,
        place(
          platform,
          booted,
          chat(() => isOver),
        ),
      );
    const everything = () =>
      PLANTED.every((planted) => told(planted) && fired.has(planted.alert)) &&
      OTHER_ALERTS.every((alert) => fired.has(alert)) &&
      queries.every(({ expr }) => answered.has(expr));
    const deadlineMs = performance.now() + TOLD_WITHIN_MS;
    for (let round = 0; !everything() && performance.now() < deadlineMs; round++) {
      misbehave(round);
      await look();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    against = againstGoodCalls();
    // Now the process itself is held up, which delays the frames of all calls.
    for (let round = 0; !fired.has(HELD_UP) && round < HOLD_UPS; round++) {
      const untilMs = performance.now() + 120;
      while (performance.now() < untilMs) Math.random();
      await look();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }, TOLD_WITHIN_MS + 90_000);

  /** A stranger at the door, one caller too many, errors of the AI. */
  const misbehave = (round: number) => {
    const stranger = new WebSocket(`${booted.wsOrigin}/twilio/stream/no-such-token`);
    stranger.on('error', () => undefined);
    if (round % 4 === 0) sim.faults.add({ kind: 'stray', times: 1 });
    if (fired.has('PatchbayCallersTurnedAway')) return;
    for (let i = 0; i < 2; i++)
      ended.push(place('audiocodes', booted, async (caller) => caller.pause(2000)).ended);
  };

  const againstGoodCalls = () => {
    const good = GOOD.map((_, i) => callIds.get(`good ${i}`)!);
    return (
      booted.tape.entries
        .filter(({ type, stamp }) => type === 'quality.degraded' && good.includes(stamp.callId))
        .map(({ data, stamp }) => ({ ...(data as GatewayEvents['quality.degraded']), callId: stamp.callId }))
        // The callers share this process with everything else, so their frames may really come late.
        .filter(({ kind }) => kind !== 'arrival')
        .map(({ callId, track, words }) => `call ${good.indexOf(callId)}, ${track}: ${words}`)
    );
  };

  afterAll(async () => {
    isOver = true;
    await closeAll();
    await Promise.all(ended);
    await prometheus?.stop();
    await sim?.close();
  }, 60_000);

  it.each(PLANTED)('is told of $name by the call’s events', (planted) => {
    expect(told(planted)).toBe(true);
  });

  it.each(PLANTED)('fires $alert for $name', ({ alert }) => {
    expect([...fired]).toContain(alert);
  });

  it.each([...OTHER_ALERTS, HELD_UP])('fires %s', (alert) => {
    expect([...fired]).toContain(alert);
  });

  it('has nothing to say against the sound of good calls', () => {
    expect(against).toEqual([]);
  });

  it('answers every query of every panel, and every recording has values', () => {
    expect([...failures]).toEqual([]);
    const empty = queries.filter(({ expr }) => !answered.has(expr));
    expect(empty).toEqual([]);
  });

  it('evaluates every rule without an error', async () => {
    const rules = await prometheus.rules();
    expect(rules.length).toBeGreaterThan(30);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it('fires PatchbayDown when it is gone', async () => {
    isOver = true;
    await closeAll();
    for (let i = 0; i < 60 && !fired.has('PatchbayDown'); i++) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect([...fired]).toContain('PatchbayDown');
  }, 60_000);
});
