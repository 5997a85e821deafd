import { describe, expect, it } from '@jest/globals';
import { frameFromSamples } from '#libs/audio';
import type { AudioFormat, Track } from '#libs/contracts';
import { TrackLine } from './track-line.js';
import { TrackQueue } from './track-queue.js';

const RATE = 8000;
const PCM8: AudioFormat = { encoding: 'pcm16', sampleRate: RATE };
const START_MS = 5000;
const BEHIND_MS = 400;
const CHUNK_MS = 400;

const at = (ms: number) => Math.round((ms * RATE) / 1000);

/** One track, fed at moments of a clock that the spec sets, and what came of it. */
class Bench {
  nowMs = START_MS;
  readonly queue: TrackQueue;
  readonly sound: Int16Array;
  mostWaiting = 0;
  private readonly line: TrackLine;
  private written = 0;

  constructor(track: Track, lengthMs: number, sampleRate = RATE) {
    this.queue = new TrackQueue(track, () => this.nowMs);
    this.line = new TrackLine(this.queue, sampleRate, START_MS, 0);
    this.sound = new Int16Array((lengthMs * sampleRate) / 1000);
    this.sampleRate = sampleRate;
  }

  private readonly sampleRate: number;

  /** `ms`: since the beginning of the recording. */
  frame(track: Track, ms: number, samples: Int16Array, format = PCM8): void {
    this.queue.push(frameFromSamples(track, format, START_MS + ms, samples));
    this.mostWaiting = Math.max(this.mostWaiting, this.queue.frames);
  }

  /** Time goes on to there; what is due is laid. */
  goTo(ms: number): void {
    this.nowMs = START_MS + ms;
    const until = ((ms - BEHIND_MS) * this.sampleRate) / 1000;
    const frames = (CHUNK_MS * this.sampleRate) / 1000;
    while (this.written + frames <= until) this.chunk(frames);
  }

  finish(): Int16Array {
    this.goTo(this.nowMs - START_MS);
    this.chunk(this.sound.length - this.written);
    return this.sound;
  }

  private chunk(frames: number): void {
    const stereo = new Int16Array(frames * 2);
    this.line.render(stereo, this.written, frames);
    for (let i = 0; i < frames && this.written + i < this.sound.length; i++)
      this.sound[this.written + i] = stereo[i * 2]!;
    this.written += frames;
  }
}

const TONE_HZ = 250;
const AMPLITUDE = 2000;
const BEEP = 20_000;

/** A global is slow to look up in a test, and there are many samples in an hour. */
const { abs, max } = Math;
const PERIOD = Int16Array.from({ length: RATE / TONE_HZ }, (_, i) =>
  Math.round(AMPLITUDE * Math.sin((2 * Math.PI * TONE_HZ * i) / RATE)),
);
const toneAt = (sample: number): number => PERIOD[sample % PERIOD.length]!;

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Where the beeps are, in milliseconds. */
function beeps(sound: Int16Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < sound.length; i++) {
    if (abs(sound[i]!) < BEEP * 0.7) continue;
    found.push((i * 1000) / RATE);
    i += RATE / 2;
  }
  return found;
}

function steepest(sound: Int16Array): number {
  let most = 0;
  for (let i = 1; i < sound.length; i++) {
    const [a, b] = [sound[i - 1]!, sound[i]!];
    if (max(abs(a), abs(b)) <= AMPLITUDE * 1.1) most = max(most, abs(b - a));
  }
  return most;
}

describe('the place of sound in a recording', () => {
  it('is right to 20 ms through an hour of drift, jitter, stalls, lost frames and absences, and the sound is never torn', () => {
    const HOUR_MS = 3_600_000;
    const bench = new Bench('caller', HOUR_MS);
    const next = random(7);
    // The sender's clock is 150 millionths slow: over an hour that is half a second.
    const senderMs = 20 * 1.00015;
    const expected: number[] = [];
    let sample = 0;
    let stallUntilMs = 0;
    let lastArrivalMs = 0;
    let nextBeepMs = 3000;
    for (let spokenMs = 0; spokenMs + 40 < HOUR_MS; spokenMs += senderMs) {
      const samples = new Int16Array(160);
      for (let i = 0; i < 160; i++) samples[i] = toneAt(sample++);
      // Away for 30 s every ten minutes, and silent for half a second every 97 s.
      if (spokenMs % 600_000 > 570_000 || spokenMs % 97_000 > 96_500) continue;
      if (next() < 0.0005) continue;
      if (spokenMs > nextBeepMs) {
        for (let i = 0; i < 16; i++) samples[i] = i % 2 === 0 ? BEEP : -BEEP;
        expected.push(spokenMs);
        nextBeepMs = spokenMs + 7000;
      }
      if (next() < 0.0003) stallUntilMs = spokenMs + 300;
      const jitterMs = next() < 0.5 ? 0 : next() * 25;
      const arrivalMs = Math.max(spokenMs + 20 + jitterMs, stallUntilMs, lastArrivalMs);
      lastArrivalMs = arrivalMs;
      bench.goTo(arrivalMs);
      bench.frame('caller', arrivalMs, samples);
    }
    bench.goTo(HOUR_MS);
    const sound = bench.finish();
    const found = beeps(sound);
    expect(found.length).toBe(expected.length);
    const errors = found.map((ms, i) => Math.abs(ms - expected[i]!));
    expect(Math.max(...errors)).toBeLessThan(20);
    expect(bench.mostWaiting).toBeLessThan(80);
    // A tear would be as steep as the tone is high.
    const inTone = AMPLITUDE * 2 * Math.PI * (TONE_HZ / RATE);
    expect(steepest(sound.subarray(0, at(90_000)))).toBeLessThan(inTone * 3);
  }, 120_000);

  it('closes jitter, and puts the frames of a stall where they were spoken', () => {
    const bench = new Bench('caller', 3000);
    const arrivals = [
      20, 45, 60, 95, 100, 420, 420, 420, 420, 420, 420, 420, 420, 420, 420, 420, 420, 420, 420, 420,
    ];
    arrivals.push(420, 440, 460, 480);
    for (const [n, ms] of arrivals.entries()) {
      bench.goTo(ms);
      bench.frame(
        'caller',
        ms,
        Int16Array.from({ length: 160 }, (_, i) => toneAt(n * 160 + i)),
      );
    }
    bench.goTo(3000);
    const sound = bench.finish();
    const expected = Int16Array.from({ length: arrivals.length * 160 }, (_, i) => toneAt(i));
    expect(sound.subarray(0, expected.length)).toEqual(expected);
    expect(sound.subarray(expected.length).every((sample) => sample === 0)).toBe(true);
  });

  it('keeps a pause of the caller to the sample', () => {
    const bench = new Bench('caller', 2000);
    const loud = new Int16Array(160).fill(1000);
    bench.frame('caller', 120, loud);
    bench.frame('caller', 520, loud);
    bench.goTo(2000);
    const sound = bench.finish();
    const on = [...sound].flatMap((sample, i) => (sample === 0 ? [] : [i]));
    expect([on[0], on[159], on[160], on[319], on.length]).toEqual([
      at(100),
      at(120) - 1,
      at(500),
      at(520) - 1,
      320,
    ]);
  });

  it('has the agent’s sound only as far as it was heard', () => {
    const bench = new Bench('agent', 4000);
    // Two seconds at once, faster than they are heard.
    for (let n = 0; n < 100; n++) bench.frame('agent', 100 + n * 20, new Int16Array(160).fill(1000));
    bench.goTo(900);
    bench.queue.cut(START_MS + 905);
    bench.frame('agent', 1500, new Int16Array(160).fill(500));
    bench.goTo(4000);
    const sound = bench.finish();
    expect(sound.indexOf(1000)).toBe(at(100));
    expect(sound.lastIndexOf(1000)).toBe(at(905) - 1);
    expect([sound.indexOf(500), sound.lastIndexOf(500)]).toEqual([at(1500), at(1520) - 1]);
  });

  it('does not part an utterance of which a mark told that it is heard later', () => {
    const bench = new Bench('agent', 3000);
    let sample = 0;
    const say = (ms: number) =>
      bench.frame(
        'agent',
        ms,
        Int16Array.from({ length: 160 }, () => toneAt(sample++)),
      );
    for (let ms = 0; ms < 1000; ms += 20) say(ms);
    bench.goTo(600);
    for (let ms = 1000; ms < 1800; ms += 20) say(ms + 150);
    bench.goTo(3000);
    const sound = bench.finish();
    const inTone = AMPLITUDE * 2 * Math.PI * (TONE_HZ / RATE);
    expect(steepest(sound.subarray(0, at(1790)))).toBeLessThan(inTone * 3);
    for (let ms = 0; ms < 1780; ms += 5)
      expect(sound.subarray(at(ms), at(ms + 5)).some((value) => Math.abs(value) > AMPLITUDE / 2)).toBe(true);
  });

  it('leaves out what the platform did not take', () => {
    const bench = new Bench('agent', 1000);
    bench.frame('agent', 0, new Int16Array(160).fill(100));
    bench.frame('agent', 20, new Int16Array(160).fill(200));
    bench.frame('agent', 20, new Int16Array(160).fill(300));
    bench.goTo(1000);
    const sound = bench.finish();
    expect([sound[159], sound[160], sound[319], sound[320]]).toEqual([100, 300, 300, 0]);
  });

  it('is the same for a track whose rate is raised', () => {
    const bench = new Bench('caller', 1000, 24_000);
    const pulse = new Int16Array(160);
    pulse[80] = 20_000;
    bench.frame('caller', 320, pulse);
    bench.goTo(1000);
    const sound = bench.finish();
    const peak = sound.reduce((best, sample, i) => (sample > sound[best]! ? i : best), 0);
    expect(Math.abs(peak - 0.31 * 24_000)).toBeLessThanOrEqual(2);
    expect(sound[peak]).toBeGreaterThan(15_000);
  });

  it('bounds what waits', () => {
    const bench = new Bench('caller', 1000);
    for (let n = 0; n < 3000; n++) bench.frame('caller', n * 20, new Int16Array(160));
    expect(bench.queue.frames).toBe(1500);
    expect(bench.queue.takeLost()).toBe(1500);
    expect(bench.queue.takeLost()).toBe(0);
  });
});
