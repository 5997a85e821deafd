import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Fault,
  type OpenAiSim,
  type OpenAiSimOptions,
  SHIPPED_WORDS,
  shippedSpeech,
  startOpenAiSim,
} from '#apps/simulator';
import { until } from '#libs/testing';
import { CalmTime } from '../../apps/simulator/src/testing/calm-time.js';
import { type Booted, type BootOptions, boot, closeAll } from './boot.js';
import { type CallerOptions, TestCall } from './callers.js';

const sims: OpenAiSim[] = [];
const servers: Server[] = [];
let time: CalmTime;

beforeEach(() => {
  time = new CalmTime(5);
});
afterEach(async () => {
  await closeAll();
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
  for (const server of servers.splice(0)) server.close();
});

async function bridge(
  simOptions: OpenAiSimOptions = {},
  env: Record<string, string> = {},
  options: BootOptions = {},
): Promise<Booted & { sim: OpenAiSim }> {
  const sim = await startOpenAiSim({ apiKey: 'sim-key', clock: time.clock, ...simOptions });
  sims.push(sim);
  const booted = await boot(
    { AI_BACKEND: 'openai-realtime', OPENAI_API_KEY: 'sim-key', OPENAI_REALTIME_URL: sim.url, ...env },
    { clock: time.clock, ...options },
  );
  return { ...booted, sim };
}

/** In the time that all parties share. */
function place(platform: TestCall['platform'], booted: Booted, options: CallerOptions): TestCall {
  return new TestCall(platform, booted, { time, ...options });
}

const PLATFORMS = ['twilio', 'audiocodes'] as const;
const RATE = { twilio: 8000, audiocodes: 24_000 };

describe.each(PLATFORMS)('a call on %s with OpenAI', (platform) => {
  it('is a conversation: each side hears the other’s words, and nobody breaks a rule', async () => {
    const booted = await bridge();
    const { sim, tape, gateway } = booted;
    const call = place(platform, booted, {
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.listen();
      },
    });
    const report = await time.lastUntil(call.report);
    expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [], failures: [], ok: true });
    expect(sim.breaches).toEqual([]);
    expect(call.heardWords(RATE[platform])).toEqual([
      SHIPPED_WORDS['agent-greeting'],
      SHIPPED_WORDS['agent-answer'],
    ]);
    await until(() => tape.types.includes('call.ended'), 'the end of the call');
    const said = tape.all('transcript.final').map(({ speaker, text }) => `${speaker}: ${text}`);
    expect(said).toEqual(
      expect.arrayContaining([
        `agent: ${SHIPPED_WORDS['agent-greeting']}`,
        `caller: ${SHIPPED_WORDS['caller-hours']}`,
        `agent: ${SHIPPED_WORDS['agent-answer']}`,
      ]),
    );
    expect(tape.last('call.ended')).toMatchObject({ reason: 'caller-hung-up', code: null });
    const cost = tape.all('backend.used').reduce((sum, { usage }) => sum + (usage.costUsd ?? 0), 0);
    expect(cost).toBeGreaterThan(0);
    expect(tape.all('agent.audio.started').at(-1)?.turnLatencyMs).toBeGreaterThan(0);
    expect(tape.all('audio.dropped')).toEqual([]);
    expect(gateway.switchboard.callCount).toBe(0);
  }, 40_000);

  it('can be interrupted while only the platform still plays, and the AI learns what was heard', async () => {
    // The whole answer is there at once, so the AI has finished long before the caller interrupts.
    const booted = await bridge({ speed: Number.POSITIVE_INFINITY, answer: { hz: 600, ms: 6000 } });
    const { sim, tape } = booted;
    const call = place(platform, booted, {
      script: async (caller) => {
        await caller.interrupt(1500, shippedSpeech('caller-stop'));
        await caller.pause(400);
      },
    });
    const report = await time.lastUntil(call.report);
    expect(report.breaches).toEqual([]);
    expect(sim.breaches).toEqual([]);
    const bargeIn = report.bargeIns[0]!;
    // AudioCodes is sent no more than 400 ms ahead, Twilio everything at once.
    expect(bargeIn.droppedMs).toBeGreaterThan(platform === 'twilio' ? 3000 : 100);
    const greeting = sim.sessions[0]!.everyItem.find((item) => item.role === 'assistant')!;
    // The truth is what the simulated player really played; the benchmark measures how near it is.
    expect(Math.abs(greeting.truncatedAtMs! - bargeIn.heardMs)).toBeLessThan(150);
    expect(tape.last('agent.interrupted')?.heardMs).toBeLessThan(4500);
  }, 40_000);

  it('goes on when the AI’s connection breaks: the line is filled, the conversation restored', async () => {
    const booted = await bridge({ faults: [{ kind: 'cut', value: 300 }] });
    const { sim, tape } = booted;
    const call = place(platform, booted, {
      script: async (caller) => {
        await caller.listen(20_000);
        await caller.pause(1500);
        await caller.say(shippedSpeech('caller-hours'));
        await caller.listen(20_000);
      },
    });
    const report = await time.lastUntil(call.report);
    expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [] });
    expect(tape.types).toEqual(expect.arrayContaining(['backend.lost', 'backend.restored']));
    expect(sim.sessions.length).toBeGreaterThanOrEqual(2);
    expect(call.heardWords(RATE[platform]).at(-1)).toBe(SHIPPED_WORDS['agent-answer']);
  }, 60_000);

  it('ends politely when the AI cannot be had', async () => {
    const booted = await bridge({ faults: [{ kind: 'refuse-account', times: 99 }] });
    const call = place(platform, booted, { script: (caller) => caller.pause(20_000) });
    const report = await time.lastUntil(call.report);
    expect(['agent-hung-up', 'refused']).toContain(report.outcome);
    expect(report.breaches).toEqual([]);
    // On Twilio the line is open by then, so the gateway tells the caller; Twilio does not say it again.
    expect(report.platformSaid).toEqual([]);
    expect(booted.tape.types.includes('call.fell.back')).toBe(platform === 'twilio');
    await until(() => booted.tape.types.includes('call.ended'), 'the end');
    expect(booted.tape.last('call.ended')?.reason).toMatch(/^ai-/);
    expect(booted.gateway.switchboard.callCount).toBe(0);
  }, 30_000);
});

/** Everything that may befall an AI connection without ending the call. */
const SURVIVABLE: readonly Fault[] = [
  { kind: 'nonsense' },
  { kind: 'stray' },
  { kind: 'fail-response' },
  { kind: 'incomplete-response' },
  { kind: 'delay-update', value: 800 },
  { kind: 'late-deltas' },
  { kind: 'close', value: 1011 },
  { kind: 'close', value: 1001 },
  { kind: 'close', value: 1013 },
  { kind: 'expire' },
  { kind: 'cut' },
  // The answer to the caller's turn never begins by itself; the gateway asks for it.
  { kind: 'silent-response' },
];

const FINAL_CLOSES = [1000, 1002, 1003, 1007, 1008, 4000];

describe('what the AI does wrong', () => {
  it('does not end a call that can go on', async () => {
    const sites = await Promise.all(SURVIVABLE.map((fault) => bridge({ faults: [fault] })));
    const calls = Promise.all(
      SURVIVABLE.map(async (fault, i) => {
        const booted = sites[i]!;
        const call = place('twilio', booted, {
          script: async (caller) => {
            await caller.pause(4000);
            await caller.say(shippedSpeech('caller-hours'));
            await caller.listen(20_000);
          },
        });
        const { outcome, breaches } = await call.report;
        return { fault, outcome, breaches, heard: call.heardWords(8000).at(-1) };
      }),
    );
    expect(await time.lastUntil(calls)).toEqual(
      SURVIVABLE.map((fault) => ({
        fault,
        outcome: 'caller-hung-up',
        breaches: [],
        heard: SHIPPED_WORDS['agent-answer'],
      })),
    );
  }, 120_000);

  it('ends that call and no other when it is final, and the caller is told, once', async () => {
    const booted = await bridge();
    const stay = place('twilio', booted, { script: (caller) => caller.pause(14_000) });
    const isGreeted = () => booted.tape.types.includes('agent.response.finished');
    await time.lastUntil(until(isGreeted, 'the first greeting'));
    for (const value of FINAL_CLOSES) booted.sim.faults.add({ kind: 'close', value });
    const ended = Promise.all(
      FINAL_CLOSES.map(async () => {
        const call = place('twilio', booted, { script: (caller) => caller.pause(30_000) });
        const { outcome, breaches, platformSaid, agent } = await call.report;
        const heardMs = agent.stretches.reduce((sum, { playedMs }) => sum + playedMs, 0);
        return { outcome, breaches, told: heardMs > 5000, platformSaid };
      }),
    );
    expect(await time.lastUntil(ended)).toEqual(
      FINAL_CLOSES.map(() => ({ outcome: 'agent-hung-up', breaches: [], told: true, platformSaid: [] })),
    );
    expect(booted.tape.all('call.fell.back').map(({ to }) => to)).toEqual(FINAL_CLOSES.map(() => 'message'));
    expect(await time.lastUntil(stay.report)).toMatchObject({ outcome: 'caller-hung-up', breaches: [] });
    expect(booted.gateway.switchboard.callCount).toBe(0);
  }, 60_000);
});

describe('a caller whose socket is lost in the middle of an answer', () => {
  it('hears it again after coming back', async () => {
    const booted = await bridge();
    const call = place('audiocodes', booted, {
      script: async (caller) => {
        await caller.hearAgent();
        await caller.pause(600);
        caller.cut();
        await caller.pause(1500);
        await caller.listen(20_000);
      },
    });
    const report = await time.lastUntil(call.report);
    expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [] });
    expect(booted.tape.types).toEqual(
      expect.arrayContaining(['call.suspended', 'call.resumed', 'agent.interrupted']),
    );
    // The whole greeting, once more, on the new connection.
    expect(report.agent.stretches.at(-1)?.playedMs).toBeGreaterThan(3900);
  }, 40_000);
});

describe('what the caller waited', () => {
  it('is told from when the caller stopped, not from when that was noticed', async () => {
    const booted = await bridge({ answer: { hz: 600, ms: 600 } });
    const call = place('twilio', booted, {
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.listen();
      },
    });
    const [turn] = (await time.lastUntil(call.report)).turns;
    const told = booted.tape.all('agent.audio.started').at(-1)!.turnLatencyMs!;
    expect(Math.abs(told - turn!.answerArrivedAfterMs!)).toBeLessThan(150);
  }, 30_000);
});

describe('formats', () => {
  it('pass through untouched where both sides speak μ-law', async () => {
    const booted = await bridge({}, { OPENAI_AUDIO_FORMAT: 'pcmu' });
    const call = place('twilio', booted, {
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.listen();
      },
    });
    expect(await time.lastUntil(call.report)).toMatchObject({ ok: true, breaches: [] });
    expect(booted.tape.last('call.connected')).toMatchObject({
      callerFormat: { encoding: 'mulaw', sampleRate: 8000 },
      aiCallerFormat: { encoding: 'mulaw', sampleRate: 8000 },
      aiAgentFormat: { encoding: 'mulaw', sampleRate: 8000 },
    });
    const session = booted.sim.sessions[0]!;
    const sent = Buffer.concat(
      session.everyItem.flatMap((item) =>
        item.role === 'assistant' ? item.sound.map(({ bytes }) => bytes) : [],
      ),
    );
    expect(call.heardBytes().subarray(0, 8000).equals(sent.subarray(0, 8000))).toBe(true);
    expect(session.turns[0]?.sampleRate).toBe(8000);
  }, 40_000);
});

interface ToolCalled {
  readonly data: { readonly arguments: { readonly day: string } };
}

describe('functions of the model', () => {
  /** An agent whose one function is a webhook of this server. */
  const agentFile = (url: string) => `
name: default
instructions: Tell the opening hours.
greeting: Hello, how can I help you?
tools:
  - webhook:
      name: opening_hours
      description: Tells when we are open.
      parameters: { type: object, properties: { day: { type: string } }, required: [day] }
      url: ${url}
`;

  it('are offered, run and answered, and the model goes on with the result', async () => {
    const asked: unknown[] = [];
    const server = createServer(async (request, response) => {
      const { arguments: given } = (JSON.parse(await text(request)) as ToolCalled).data;
      asked.push(given);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ day: given.day, open: '9-22' }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const folder = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
    writeFileSync(
      join(folder, 'default.yaml'),
      agentFile(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    );
    const outputs: string[] = [];
    const booted = await bridge(
      {
        answer: ({ heard, toolOutputs }) => {
          outputs.push(...toolOutputs.map(({ output }) => output));
          if (heard !== null && toolOutputs.length === 0)
            return { call: 'opening_hours', arguments: { day: 'sunday' } };
          return { say: 'Spoken.', sound: { hz: 500, ms: 600 } };
        },
      },
      { AGENTS_DIR: folder, OUTGOING_ALLOWED_HOSTS: '127.0.0.1' },
    );
    const call = place('twilio', booted, {
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.listen();
      },
    });
    expect(await time.lastUntil(call.report)).toMatchObject({ ok: true, breaches: [] });
    expect(booted.sim.breaches).toEqual([]);
    expect(asked).toEqual([{ day: 'sunday' }]);
    expect(outputs).toEqual(['{"day":"sunday","open":"9-22"}']);
    expect(booted.tape.last('tool.answered')).toMatchObject({ name: 'opening_hours', failed: false });
  }, 40_000);
});
