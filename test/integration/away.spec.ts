import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type OpenAiSim, shippedSpeech, startOpenAiSim } from '#apps/simulator';
import { decodeMulaw, readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { boot, closeAll } from './boot.js';
import { TestCall } from './callers.js';

const sims: OpenAiSim[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
});

/** A gateway whose agent is described by this text. */
async function withAgent(text: string, apiKey = 'sim-key') {
  const sim = await startOpenAiSim({ apiKey });
  sims.push(sim);
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-agents-'));
  writeFileSync(join(folder, 'default.yaml'), `instructions: Be brief.\ngreeting: Hello.\n${text}`);
  const booted = await boot({
    AI_BACKEND: 'openai-realtime',
    OPENAI_API_KEY: 'sim-key',
    OPENAI_REALTIME_URL: sim.url,
    OPENAI_AUDIO_FORMAT: 'pcmu',
    AGENTS_DIR: folder,
  });
  return { ...booted, sim };
}

const refused = (text = '') => withAgent(text, 'another-key');

/** How alike two sounds are, by the course of their loudness in steps of 50 ms: 1 is the same. */
function likeness(a: Int16Array, b: Int16Array): number {
  const course = (samples: Int16Array) =>
    Array.from({ length: Math.floor(samples.length / 400) }, (_, i) =>
      samples.subarray(i * 400, (i + 1) * 400).reduce((sum, sample) => sum + Math.abs(sample), 0),
    );
  const [x, y] = [course(a), course(b)];
  const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * (v[i] ?? 0), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe('a caller whose AI cannot be had', () => {
  it('hears the announcement that ships with Patchbay, whole, and no second apology of the platform', async () => {
    const booted = await refused();
    const call = new TestCall('twilio', booted, { script: (caller) => caller.pause(30_000) });
    const report = await call.report;
    expect(report).toMatchObject({ outcome: 'agent-hung-up', breaches: [], platformSaid: [] });
    const clip = readWav(readFileSync('libs/core/announcements/sorry-goodbye.wav')).channels[0]!;
    const heard = decodeMulaw(call.heardBytes());
    const lead = heard.findIndex((sample) => Math.abs(sample) > 1000);
    const start = clip.findIndex((sample) => Math.abs(sample) > 1000);
    expect(likeness(heard.subarray(lead), clip.subarray(start))).toBeGreaterThan(0.95);
    await until(() => booted.tape.types.includes('call.ended'), 'the end');
    expect(booted.tape.types).toContain('call.answered');
    expect(booted.tape.types).not.toContain('call.connected');
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'ai-unavailable' });
    expect(booted.tape.all('call.fell.back')).toHaveLength(1);
    // The announcement is on the agent's track for everybody who listens, and was not cut.
    expect(report.agent.stretches.reduce((sum, { playedMs }) => sum + playedMs, 0)).toBeGreaterThan(7000);
  }, 40_000);

  it('is left to AudioCodes where the line still rings', async () => {
    const booted = await refused();
    const call = new TestCall('audiocodes', booted, { script: (caller) => caller.pause(30_000) });
    await call.report;
    expect(booted.tape.types).not.toContain('call.answered');
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'ai-unavailable' });
  }, 40_000);

  it('talks with the next backend', async () => {
    const booted = await refused('whenAiIsAway: { otherBackends: [echo] }');
    const call = new TestCall('twilio', booted, {
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.listen();
      },
    });
    const report = await call.report;
    expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [], ok: true });
    expect(booted.tape.all('call.fell.back').map(({ to }) => to)).toEqual(['backend']);
    expect(booted.tape.last('call.connected')?.backend).toBe('echo');
    expect(report.turns).toHaveLength(1);
  }, 40_000);
});

describe('a caller who says nothing', () => {
  it('is asked, said goodbye and let go, and hears both to their end', async () => {
    const booted = await withAgent('idle: { afterMs: 2000, questions: 1 }');
    const call = new TestCall('twilio', booted, { script: (caller) => caller.pause(60_000) });
    const report = await call.report;
    expect(report).toMatchObject({ outcome: 'agent-hung-up', breaches: [], platformSaid: [] });
    await until(() => booted.tape.types.includes('call.ended'), 'the end');
    expect(booted.tape.last('call.ended')).toMatchObject({ reason: 'caller-silent' });
    expect(booted.tape.all('caller.idle')).toMatchObject([
      { question: 1, letGo: false },
      { question: 1, letGo: true },
    ]);
    // The greeting, the question and the goodbye.
    expect(booted.tape.all('agent.item.heard')).toHaveLength(3);
    expect(booted.tape.all('agent.interrupted')).toEqual([]);
    expect(booted.sim.breaches).toEqual([]);
  }, 80_000);
});
