import { describe, expect, it } from '@jest/globals';
import { encodeMulaw } from '#libs/audio';
import type { AudioFormat, AudioFrame } from '#libs/contracts';
import { shortSpeech } from '../testing/short-speech.js';
import { linear } from './ear.js';
import { speechLevelDbov } from './overdrive.js';
import { FaultySound, hasSoundFaults, type SoundFaults } from './sound-faults.js';
import { type Speech, shippedSpeech } from './speech.js';
import { FRAME_MS } from './ticker.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const PCM16K: AudioFormat = { encoding: 'pcm16', sampleRate: 16_000 };
const PCM24K: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };

/** Frames that leave while `speech` is said and then nothing until `frames` have left. */
function line(faults: SoundFaults, format: AudioFormat, frames: number, speech?: Speech): AudioFrame[] {
  const sound = new FaultySound(faults, format, 1);
  const said = speech === undefined ? [] : sound.speak(speech).frames;
  return Array.from({ length: frames }, (_, i) => sound.next(said[i] ?? null, 1000 + (i + 1) * FRAME_MS));
}

/** What a platform hears that takes the bytes for what they were declared to be. */
function heard(frames: readonly AudioFrame[]): Int16Array {
  const { format } = frames[0]!;
  return linear(Buffer.concat(frames.map((frame) => frame.bytes)), format);
}

/** Comparing long arrays element by element is slow in the test runner. */
const same = (a: Int16Array, b: Int16Array) =>
  a.length === b.length && a.every((sample, i) => sample === b[i]);

const power = (samples: ArrayLike<number>) =>
  Array.from(samples).reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
const dbov = (samples: ArrayLike<number>) => 10 * Math.log10(power(samples) / 32768 ** 2);

/** Amplitude of what `samples` hold at one frequency, of which they should hold whole periods (Goertzel). */
function amplitudeAt(hz: number, samples: Int16Array, sampleRate: number): number {
  const angle = (2 * Math.PI * hz) / sampleRate;
  const twice = 2 * Math.cos(angle);
  let last = 0;
  let before = 0;
  for (let i = 0; i < samples.length; i++) {
    const now = samples[i]! + twice * last - before;
    before = last;
    last = now;
  }
  const power = last * last + before * before - twice * last * before;
  return (2 * Math.sqrt(Math.max(0, power))) / samples.length;
}

/** The share of the power that lies above a frequency, by the mean spectrum of ten pieces of 50 ms. */
function share(samples: Int16Array, sampleRate: number, aboveHz: number): number {
  const length = sampleRate / 20;
  let above = 0;
  let all = 0;
  for (let piece = 0; piece < 10; piece++) {
    const part = samples.subarray(piece * length, (piece + 1) * length);
    for (let hz = 20; hz < sampleRate / 2; hz += 20) {
      const one = amplitudeAt(hz, part, sampleRate) ** 2;
      all += one;
      if (hz > aboveHz) above += one;
    }
  }
  return above / all;
}

const hello = shippedSpeech('caller-hello');
const helloFrames = Math.ceil((hello.samples.length / hello.sampleRate) * 50);

describe('the sound of a faulty line', () => {
  it('is none of its own where no fault is set', () => {
    expect(hasSoundFaults({})).toBe(false);
    expect(hasSoundFaults({ gainDb: 0 })).toBe(true);
    const { frames } = new FaultySound({}, MULAW, 1).speak(hello);
    const left = line({}, MULAW, frames.length, hello);
    expect(same(heard(left), heard(frames))).toBe(true);
  });

  it('is the same every time, and another one with another seed', () => {
    const faults: SoundFaults = { noiseSnrDb: 10, noiseKind: 'pink' };
    const first = heard(line(faults, MULAW, 50));
    expect(same(heard(line(faults, MULAW, 50)), first)).toBe(true);
    const other = new FaultySound(faults, MULAW, 2);
    expect(same(linear(other.next(null, 20).bytes, MULAW), first.subarray(0, 160))).toBe(false);
  });

  it.each([
    ['white', 5],
    ['white', 30],
    ['pink', 20],
    ['fan', 10],
  ] as const)('has %s noise %i dB under the active level of the speech, also in silence', (kind, snrDb) => {
    const sound = new FaultySound({ noiseSnrDb: snrDb, noiseKind: kind }, PCM16K, 1);
    sound.speak(hello);
    const silence = Array.from({ length: 200 }, () => sound.next(null, 0));
    expect(speechLevelDbov(hello) - dbov(heard(silence))).toBeCloseTo(snrDb, 1);
    // Under the speech too: what remains when the clean speech is taken away.
    const clean = heard(line({}, PCM16K, helloFrames, hello));
    const noisy = heard(line({ noiseSnrDb: snrDb, noiseKind: kind }, PCM16K, helloFrames, hello));
    const rest = noisy.map((sample, i) => sample - clean[i]!);
    expect(speechLevelDbov(hello) - dbov(rest)).toBeCloseTo(snrDb, 0);
  });

  it('has noise of the colour that was asked for', () => {
    const above1k = (noiseKind: SoundFaults['noiseKind']) =>
      share(heard(line({ noiseSnrDb: 5, noiseKind }, PCM16K, 50)), 16_000, 1000);
    expect(above1k('white')).toBeCloseTo(7 / 8, 1);
    expect(above1k('pink')).toBeGreaterThan(0.2);
    expect(above1k('pink')).toBeLessThan(0.6);
    expect(above1k('fan')).toBeLessThan(0.05);
  });

  it.each([50, 60] as const)('hums at %i Hz, so far below the speech', (humHz) => {
    const samples = heard(line({ humDb: 10, humHz }, PCM16K, 50));
    const rms = amplitudeAt(humHz, samples, 16_000) / Math.SQRT2;
    expect(20 * Math.log10(rms / 32768)).toBeCloseTo(-30, 1);
    expect(dbov(samples)).toBeCloseTo(-30, 1);
  });

  it.each([0.5, 1, 5])('is cut off in %d %% of its samples, in any coding', (clipPercent) => {
    const percentAt = (top: number, samples: Int16Array) => {
      const length = (hello.samples.length / hello.sampleRate) * 8000;
      return (100 * samples.filter((sample) => Math.abs(sample) >= top).length) / length;
    };
    const wide = heard(line({ clipPercent }, { encoding: 'pcm16', sampleRate: 8000 }, helloFrames, hello));
    expect(percentAt(32_767, wide)).toBeCloseTo(clipPercent, 1);
    // The highest step of μ-law is wide: what lies a little under full scale becomes full scale too.
    const coded = heard(line({ clipPercent }, MULAW, helloFrames, hello));
    expect(percentAt(32_124, coded)).toBeGreaterThanOrEqual(percentAt(32_767, wide));
    expect(percentAt(32_124, coded)).toBeLessThan(clipPercent * 1.2);
  });

  it('keeps its flat tops when it is turned down', () => {
    const samples = heard(line({ clipPercent: 2, gainDb: -12 }, PCM16K, helloFrames, hello));
    const top = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(20 * Math.log10(top / 32767)).toBeCloseTo(-12, 2);
    const cut = samples.filter((sample) => Math.abs(sample) === top).length;
    expect((100 * cut) / hello.samples.length).toBeCloseTo(2, 1);
  });

  it.each([0.5, 3, 10])('has a tone with %d %% of distortion in it', (thdPercent) => {
    const samples = heard(line({ tone: { hz: 500, thdPercent } }, PCM16K, 50, hello));
    const [first, second, third] = [500, 1000, 1500].map((hz) => amplitudeAt(hz, samples, 16_000));
    expect((100 * Math.hypot(second!, third!)) / first!).toBeCloseTo(thdPercent, 2);
    expect(20 * Math.log10(first! / Math.SQRT2 / 32768)).toBeCloseTo(-16, 2);
  });

  it('has a tone without distortion where none is asked for', () => {
    const samples = heard(line({ tone: { hz: 1000, levelDbov: -20 } }, PCM16K, 50));
    expect(amplitudeAt(2000, samples, 16_000)).toBeLessThan(1);
    expect(dbov(samples)).toBeCloseTo(-20, 2);
  });

  it('is louder or softer by what was asked for', () => {
    const plain = dbov(heard(line({}, PCM16K, helloFrames, hello)));
    for (const gainDb of [-20, -6, 3]) {
      expect(dbov(heard(line({ gainDb }, PCM16K, helloFrames, hello))) - plain).toBeCloseTo(gainDb, 1);
    }
  });

  it('stands off zero by a share of full scale', () => {
    const samples = heard(line({ dcOffset: 0.05 }, MULAW, 50));
    const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    // μ-law has steps of 64 there.
    expect(mean / 32768).toBeCloseTo(0.05, 2);
  });

  it('has nothing above the bandwidth', () => {
    const samples = heard(line({ noiseSnrDb: 5, bandwidthHz: 2000 }, PCM16K, 55)).subarray(1600);
    expect(share(samples, 16_000, 2000)).toBeLessThan(0.06);
    expect(share(samples, 16_000, 2500)).toBeLessThan(0.003);
    expect(share(samples, 16_000, 1500)).toBeGreaterThan(0.15);
  });

  it('is muted for 20 ms each time', () => {
    const silent = line({ muteEveryMs: 200 }, MULAW, 100, shortSpeech(2000)).flatMap((frame, i) =>
      frame.samples.every((sample) => sample === 0) ? [i] : [],
    );
    expect(silent).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
  });

  it('repeats 20 ms each time', () => {
    const frames = line({ repeatEveryMs: 200 }, PCM16K, 100, hello);
    const repeated = frames.flatMap((frame, i) =>
      i > 0 && frame.base64 === frames[i - 1]!.base64 ? [i] : [],
    );
    expect(repeated).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
  });

  it('clicks at the border of a frame each time', () => {
    const frames = line({ clickEveryMs: 400 }, PCM16K, 100);
    const clicks = frames.flatMap((frame, i) => (frame.samples.some((sample) => sample !== 0) ? [i] : []));
    expect(clicks).toEqual([19, 39, 59, 79, 99]);
    expect([...frames[19]!.samples.subarray(0, 2)]).toEqual([-16_000, 0]);
  });
});

describe('the echo on a faulty line', () => {
  /** The agent is heard from 1000 on, in the pieces that a queue gives; the caller is silent. */
  function echoed(delayMs: number, levelDb: number, format: AudioFormat, pieceMs: number): Int16Array {
    const sound = new FaultySound({ echo: { delayMs, levelDb } }, format, 1);
    const agent = shortSpeech(1000, 8000).samples;
    const bytes = encodeMulaw(agent);
    const frames: AudioFrame[] = [];
    let playedMs = 0;
    for (let untilMs = 1020; untilMs <= 3000; untilMs += FRAME_MS) {
      for (; playedMs < 1000 && 1000 + playedMs < untilMs; playedMs += pieceMs) {
        const piece = bytes.subarray(playedMs * 8, (playedMs + pieceMs) * 8);
        sound.echo!.played(piece, MULAW, 1000 + playedMs);
      }
      frames.push(sound.next(null, untilMs));
    }
    return heard(frames);
  }

  it.each([
    [0, -6],
    [120, -20],
    [533, -30],
  ])('comes %i ms after it was heard, %i dB below', (delayMs, levelDb) => {
    const samples = echoed(delayMs, levelDb, { encoding: 'pcm16', sampleRate: 8000 }, 12.5);
    const first = samples.findIndex((sample) => Math.abs(sample) > 1);
    // The tone begins at its crest.
    expect(first / 8).toBeCloseTo(delayMs, 1);
    const echo = samples.subarray(first, first + 8000);
    expect(dbov(echo) - dbov(shortSpeech(1000).samples)).toBeCloseTo(levelDb, 1);
    expect(samples.subarray(first + 8000).every((sample) => sample === 0)).toBe(true);
  });

  it('is at the rate of the caller', () => {
    const samples = echoed(100, -6, PCM16K, 20);
    const echo = samples.subarray(1600 + 1600, 1600 + 1600 + 8000);
    expect(amplitudeAt(440, echo, 16_000)).toBeCloseTo(12_000 / 2, -3);
    expect(dbov(echo) - dbov(shortSpeech(1000).samples)).toBeCloseTo(-6, 0);
  });
});

describe('sound that is not what it was declared to be', () => {
  const clean = (format: AudioFormat) => heard(line({}, format, 100, hello));

  it('is PCM on a line of μ-law: each 20 ms are 320 bytes', () => {
    const frames = line({ formatFault: 'pcm-as-mulaw' }, MULAW, 100, hello);
    expect(frames.every(({ format, bytes }) => format === MULAW && bytes.length === 320)).toBe(true);
    const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
    const narrow: AudioFormat = { encoding: 'pcm16', sampleRate: 8000 };
    expect(same(linear(bytes, narrow), clean(narrow))).toBe(true);
  });

  it('is μ-law on a line of PCM: each 20 ms are 160 bytes', () => {
    const frames = line({ formatFault: 'mulaw-as-pcm' }, PCM16K, 100, hello);
    expect(frames.every(({ format, durationMs }) => format === PCM16K && durationMs === 5)).toBe(true);
    const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
    expect(same(linear(bytes, MULAW), clean(MULAW))).toBe(true);
  });

  it('has its bytes swapped', () => {
    const frames = line({ formatFault: 'byte-swapped' }, PCM16K, 100, hello);
    const bytes = Buffer.concat(frames.map((frame) => frame.bytes)).swap16();
    expect(same(linear(bytes, PCM16K), clean(PCM16K))).toBe(true);
  });

  it.each([
    [PCM24K, 16_000, 320],
    [PCM16K, 8000, 160],
    [MULAW, 16_000, 320],
  ])('is sound of another rate, as fast as it was spoken: %o', (declared, sampleRate, samples) => {
    const frames = line({ formatFault: 'wrong-rate' }, declared, 100, hello);
    expect(frames.every((frame) => frame.samples.length === samples)).toBe(true);
    expect(same(heard(frames), clean({ ...declared, sampleRate }))).toBe(true);
  });

  it('cannot be wrong in ways that the line does not know', () => {
    expect(() => new FaultySound({ formatFault: 'byte-swapped' }, MULAW, 1)).toThrow(TypeError);
    expect(() => new FaultySound({ formatFault: 'mulaw-as-pcm' }, MULAW, 1)).toThrow(TypeError);
    expect(() => new FaultySound({ formatFault: 'pcm-as-mulaw' }, PCM16K, 1)).toThrow(TypeError);
    expect(() => new FaultySound({ bandwidthHz: 4000 }, MULAW, 1)).toThrow(RangeError);
  });
});
