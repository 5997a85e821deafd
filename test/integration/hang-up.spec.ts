import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Answer, type OpenAiSim, shippedSpeech, startOpenAiSim } from '#apps/simulator';
import { boot, closeAll } from './boot.js';
import { TestCall } from './callers.js';

let sim: OpenAiSim | null = null;

afterEach(async () => {
  await closeAll();
  await sim?.close();
});

const GREETING = { say: 'Hello.', sound: { hz: 600, ms: 400 } };
const GOODBYE = { say: 'Goodbye, and thank you for calling.', sound: { hz: 500, ms: 1500 } };
const AFTERWARDS = { say: 'Is there anything else?', sound: { hz: 900, ms: 3000 } };
const HANG_UP = { call: 'hang_up', arguments: {} };

/** What the model does when the caller has spoken, and what when its function was answered. */
const MODELS: Readonly<Record<string, readonly [Answer, Answer]>> = {
  'says goodbye and hangs up in one response': [[GOODBYE, HANG_UP], AFTERWARDS],
  'hangs up first and says goodbye in the same response': [[HANG_UP, GOODBYE], AFTERWARDS],
  'says goodbye when its function was answered': [HANG_UP, GOODBYE],
};

describe.each(['twilio', 'audiocodes'] as const)('on %s', (platform) => {
  it.each(Object.keys(MODELS))(
    'the caller of a model that %s hears all of the goodbye and nothing else',
    async (which) => {
      const [atTurn, afterCall] = MODELS[which]!;
      sim = await startOpenAiSim({
        apiKey: 'sim-key',
        answer: ({ heard, toolOutputs }) => {
          if (toolOutputs.length > 0) return afterCall;
          return heard === null ? GREETING : atTurn;
        },
      });
      const folder = mkdtempSync(join(tmpdir(), 'patchbay-'));
      writeFileSync(
        join(folder, 'default.yaml'),
        'instructions: Be brief.\ngreeting: Hello.\ntools: [hang_up]\n',
      );
      const booted = await boot({
        AI_BACKEND: 'openai-realtime',
        OPENAI_API_KEY: 'sim-key',
        OPENAI_REALTIME_URL: sim.url,
        AGENTS_DIR: folder,
      });
      const call = new TestCall(platform, booted, {
        script: async (caller) => {
          await caller.listen();
          await caller.say(shippedSpeech('caller-bye'));
          await caller.pause(20_000);
        },
      });
      const report = await call.report;
      expect(report).toMatchObject({ outcome: 'agent-hung-up', breaches: [], ok: true });
      expect(booted.tape.all('tool.called').map(({ name }) => name)).toEqual(['hang_up']);
      expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'agent-hung-up', code: null });
      expect(report.agent.droppedMs).toBe(0);
      // The greeting and the goodbye; a converter holds a few milliseconds back.
      expect(Math.abs(report.agent.playedMs - 1900)).toBeLessThan(60);
      expect(report.durationMs - report.agent.stretches.at(-1)!.endedMs!).toBeLessThanOrEqual(1500);
    },
  );
});
