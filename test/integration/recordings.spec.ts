import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type OpenAiSim, recordingOf, shippedSpeech, startOpenAiSim } from '#apps/simulator';
import { readWav } from '#libs/audio';
import { until } from '#libs/testing';
import { CalmTime } from '../../apps/simulator/src/testing/calm-time.js';
import { align } from '../browser/alignment.js';
import { boot, closeAll } from './boot.js';
import { TestCall } from './callers.js';

const sims: OpenAiSim[] = [];

afterEach(async () => {
  await closeAll();
  await Promise.all(sims.splice(0).map((sim) => sim.close()));
});

const RECORDED_AGENT = `
instructions: Be brief.
greeting: Hello.
recording: { announcement: null, fromAnswer: true, keepForMs: null }
`;

function site(): { readonly dataDir: string; readonly agents: string } {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-'));
  const agents = join(folder, 'agents');
  mkdirSync(agents);
  writeFileSync(join(agents, 'default.yaml'), RECORDED_AGENT);
  return { dataDir: join(folder, 'data'), agents };
}

/** The line is up at the caller before the recording can begin. */
const LINE_UP_MS = 500;

/** Where the last sound before then is, in milliseconds. */
function lastSoundMs(samples: Int16Array, sampleRate: number, beforeMs: number): number {
  let at = Math.min(samples.length, Math.round((beforeMs * sampleRate) / 1000)) - 1;
  while (at > 0 && Math.abs(samples[at]!) < 200) at--;
  return (at * 1000) / sampleRate;
}

describe('the recording of a call over sockets', () => {
  it('has on the left what the caller said and on the right what the caller heard, cut where the caller cut in', async () => {
    const time = new CalmTime(5);
    const sim = await startOpenAiSim({
      apiKey: 'sim-key',
      speed: Number.POSITIVE_INFINITY,
      clock: time.clock,
    });
    sims.push(sim);
    const { dataDir, agents } = site();
    const booted = await boot(
      {
        AI_BACKEND: 'openai-realtime',
        OPENAI_API_KEY: 'sim-key',
        OPENAI_REALTIME_URL: sim.url,
        // Nothing is converted on the way, so sound can be compared sample by sample.
        OPENAI_AUDIO_FORMAT: 'pcmu',
        DATA_DIR: dataDir,
        AGENTS_DIR: agents,
      },
      { clock: time.clock },
    );
    const { tape } = booted;
    const call = new TestCall('twilio', booted, {
      time,
      script: async (caller) => {
        await caller.listen();
        await caller.say(shippedSpeech('caller-hours'));
        await caller.hearAgent();
        await caller.interrupt(900, shippedSpeech('caller-stop'));
        await caller.pause(1500);
      },
    });
    const report = await time.lastUntil(call.report);
    expect(report).toMatchObject({ outcome: 'caller-hung-up', breaches: [], failures: [] });
    expect(report.bargeIns.length).toBeGreaterThan(0);
    await until(() => tape.types.includes('recording.saved'), 'the recording');
    const saved = tape.last('recording.saved')!;
    const day = readdirSync(join(dataDir, 'recordings'))[0]!;
    const name = readdirSync(join(dataDir, 'recordings', day)).find((file) => file.endsWith('.wav'))!;
    const file = readFileSync(join(dataDir, 'recordings', day, name));
    expect(file.length).toBe(saved.bytes);
    const { sampleRate, channels } = readWav(file);
    const [left, right] = channels as [Int16Array, Int16Array];
    const truth = recordingOf(call.call.line.record);
    expect(sampleRate).toBe(truth.sampleRate);

    const from = (LINE_UP_MS * sampleRate) / 1000;
    const said = align(truth.spoken.subarray(from), left, sampleRate);
    const heard = align(truth.heard.subarray(from), right, sampleRate);
    const bargeIn = report.bargeIns[0]!;
    expect(bargeIn.droppedMs).toBeGreaterThan(1000);
    for (const found of [said, heard]) {
      expect(found.at).toBeGreaterThanOrEqual(0);
      expect(found.same / (truth.heard.length - from)).toBeGreaterThan(0.97);
      expect(found.breaks.reduce((sum, { insertedMs, lostMs }) => sum + insertedMs + lostMs, 0)).toBeLessThan(
        150,
      );
    }
    // Both sides keep their distance on the way from the caller's ear to the file.
    const shiftMs = ((said.at - heard.at) * 1000) / sampleRate;
    expect(Math.abs(shiftMs)).toBeLessThan(60);
    // Where the caller cut in, the agent falls silent in the file as it did in the ear.
    const offsetMs = (heard.at * 1000) / sampleRate - LINE_UP_MS;
    const silentMs = lastSoundMs(right, sampleRate, bargeIn.atMs + offsetMs + 300);
    expect(Math.abs(silentMs - offsetMs - bargeIn.atMs)).toBeLessThan(100);
  }, 60_000);
});
