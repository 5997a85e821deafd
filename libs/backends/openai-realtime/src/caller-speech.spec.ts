import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startOpenAiSim } from '#apps/simulator';
import { createConverter, frameAt, frameFromBytes, frameFromSamples, silence } from '#libs/audio';
import { CapturedLog, ManualClock } from '#libs/testing';
import { CallEar } from '../test/call-ear.js';
import { callOptions, configWith, MULAW } from '../test/call-options.js';
import { Rig } from '../test/rig.js';
import { pcmu } from '../test/server-events.js';
import { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

const FRAME_MS = 20;
const SILENT = frameFromBytes('caller', MULAW, 0, silence(MULAW, FRAME_MS));

describe('when the caller began and stopped', () => {
  let rig: Rig<ManualClock>;

  beforeEach(async () => {
    rig = await Rig.manual();
  });

  afterEach(async () => {
    expect(await rig.end()).toEqual([]);
  });

  /** Sound of the caller in real time; the last frame has just been sent when it returns. */
  const listen = (ms: number) => {
    for (let at = 0; at < ms; at += FRAME_MS) {
      rig.clock.advance(FRAME_MS);
      rig.session.push(frameAt(SILENT, rig.clock.nowMs()));
    }
  };
  const started = (audio_start_ms?: unknown) => ({
    type: 'input_audio_buffer.speech_started',
    item_id: 'u1',
    audio_start_ms,
  });
  const stopped = (audio_end_ms?: unknown) => ({
    type: 'input_audio_buffer.speech_stopped',
    item_id: 'u1',
    audio_end_ms,
  });

  const cases: [string, Partial<OpenAiRealtimeConfig>, unknown, unknown, number, number][] = [
    ['is told without padding and pause', {}, 1700, 4500, -3000, -1000],
    ['takes the padding that was set', { prefixPaddingMs: 100 }, 1900, 4500, -3000, -1000],
    ['takes the pause that was set', { silenceDurationMs: 800 }, 1700, 4500, -3000, -1300],
    ['leaves the pause where the server does', { speechEndIncludesSilence: false }, 1700, 4000, -3000, -1000],
    ['is never later than now', {}, 9000, 9000, 0, 0],
    ['is never long ago', { silenceDurationMs: 20_000 }, 0, 0, -4700, -10_000],
    ['is now where the server does not tell', {}, undefined, undefined, 0, 0],
    ['is now where the server tells nonsense', {}, '1700', -1, 0, 0],
    ['is now for semantic detection', { turnDetection: 'semantic_vad' }, 1700, 4500, 0, 0],
  ];

  it.each(cases)('%s', async (_what, settings, startMs, endMs, beganMs, endedMs) => {
    await rig.connect({ ...pcmu, ...settings });
    // Before the call was answered, no sound came.
    rig.clock.advance(700);
    listen(5000);
    await rig.says(started(startMs), stopped(endMs));
    const nowMs = rig.clock.nowMs();
    expect(rig.ear.edges).toEqual([nowMs + beganMs, nowMs + endedMs]);
  });

  it('is counted in the sound of each session by itself', async () => {
    await rig.connect(pcmu);
    listen(2000);
    rig.peer.socket.terminate();
    await rig.ear.told('lost');
    rig.clock.advance(1000);
    await rig.ear.told('restored');
    rig.peer = await rig.server.peer(2);
    listen(1000);
    await rig.says(started(200));
    expect(rig.ear.edges).toEqual([rig.clock.nowMs() - 500]);
  });

  it('is now where no sound was sent', async () => {
    await rig.connect(pcmu);
    rig.clock.advance(3000);
    await rig.says(started(0), stopped(0));
    expect(rig.ear.edges).toEqual([rig.clock.nowMs(), rig.clock.nowMs()]);
  });
});

describe('when the caller began and stopped, by the simulator', () => {
  it.each(['pcmu', 'pcm'] as const)('is known to two frames, in %s', async (audioFormat) => {
    const sim = await startOpenAiSim({ answer: { hz: 440, ms: 100 }, speed: Number.POSITIVE_INFINITY });
    const clock = new ManualClock();
    const config = configWith(sim.url, { audioFormat });
    const options = callOptions({ config, clock, log: new CapturedLog() });
    const ear = new CallEar();
    const backend = new OpenAiRealtimeBackend(config, undefined, () => 1_800_000_000_000 + clock.nowMs());
    const session = await backend.connect(options, ear, new AbortController().signal);
    const converter = createConverter({ encoding: 'pcm16', sampleRate: 24_000 }, options.callerFormat);
    const say = (ms: number, level: number) => {
      for (let at = 0; at < ms; at += FRAME_MS) {
        clock.advance(FRAME_MS);
        const samples = Int16Array.from({ length: 24 * FRAME_MS }, (_, i) => level * Math.sin(i * 0.131));
        const frame = converter.convert(frameFromSamples('caller', converter.from, clock.nowMs(), samples));
        if (frame !== null) session.push(frame);
      }
      return clock.nowMs();
    };
    const began = say(1000, 0);
    const ended = say(1200, 8000);
    say(800, 0);
    await ear.told('caller stopped');
    session.close();
    await sim.close();
    expect(Math.abs(ear.edges[0]! - began)).toBeLessThanOrEqual(2 * FRAME_MS);
    expect(Math.abs(ear.edges[1]! - ended)).toBeLessThanOrEqual(2 * FRAME_MS);
  });
});
