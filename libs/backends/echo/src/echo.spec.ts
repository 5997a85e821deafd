import { describe, expect, it } from '@jest/globals';
import { shippedSpeech } from '#apps/simulator';
import { frameFromSamples, tone } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { AiTape, CapturedLog, describeBackendContract, ManualClock } from '#libs/testing';
import { EchoBackend } from './echo.backend.js';
import { EchoConfig } from './echo.config.js';

const FORMAT: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

describeBackendContract({
  name: 'echo',
  speech: shippedSpeech('caller-hello'),
  open: async () => ({ backend: new EchoBackend(new EchoConfig()), close: async () => undefined }),
});

async function connected(config: Partial<EchoConfig> = {}) {
  const tape = new AiTape();
  const backend = new EchoBackend(Object.assign(new EchoConfig(), config));
  const session = await backend.connect(
    {
      callId: 'call-1',
      agent: { instructions: '', greeting: null, voice: null, language: null },
      callerFormat: FORMAT,
      agentFormat: FORMAT,
      tools: [],
      callerHash: null,
      log: new CapturedLog(),
      clock: new ManualClock(),
    },
    tape,
    new AbortController().signal,
  );
  const say = (samples: Int16Array) => {
    for (let at = 0; at + 160 <= samples.length; at += 160) {
      session.push(frameFromSamples('caller', FORMAT, 0, samples.slice(at, at + 160)));
    }
  };
  const words = (durationMs: number) =>
    tone({ frequencyHz: 700, durationMs, sampleRate: 8000, levelDbov: -12 });
  const pause = (durationMs: number) => new Int16Array(durationMs * 8);
  return { session, tape, say, words, pause };
}

describe('the echo agent', () => {
  it('greets with words and a tone, or with the tone alone', async () => {
    const spoken = await connected();
    spoken.session.greet();
    expect(spoken.tape.audioMs()).toBeGreaterThan(3000);
    const short = await connected({ greeting: false });
    short.session.greet();
    expect(short.tape.audioMs()).toBe(250);
  });

  it('repeats what the caller said, with its first sound and without the silence behind it', async () => {
    const { tape, say, words, pause } = await connected();
    say(pause(1000));
    say(words(900));
    say(pause(700));
    expect(tape.story).toEqual([
      'speech started',
      'interrupted',
      'speech stopped',
      'turn committed',
      'response started',
      'audio',
      'audio done',
      'response completed',
    ]);
    const loud = tape.frames
      .flatMap(({ frame }) => [...frame.samples])
      .filter((sample) => Math.abs(sample) > 1000);
    // A sine is above a tenth of its peak for most of each period.
    expect(loud.length).toBeGreaterThan(0.85 * 900 * 8);
    expect(tape.audioMs()).toBeGreaterThan(900);
    expect(tape.audioMs()).toBeLessThan(900 + 300 + 150 + 40);
  });

  it('repeats no more than the longest turn', async () => {
    const { tape, say, words, pause } = await connected({ longestTurnMs: 2000 });
    for (let i = 0; i < 10; i++) {
      say(words(700));
      say(pause(200));
    }
    say(pause(1000));
    expect(tape.audioMs()).toBeLessThanOrEqual(2000);
    expect(tape.audioMs()).toBeGreaterThan(1500);
  });

  it('answers keys with one tone each', async () => {
    const { tape, session } = await connected();
    session.dtmf('12#');
    expect(tape.audioMs()).toBe(360);
  });

  it('has no words of its own, so it neither says given ones nor takes instructions', async () => {
    const { session } = await connected();
    expect([session.speak, session.instruct]).toEqual([undefined, undefined]);
  });
});
