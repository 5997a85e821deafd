import { beforeEach, describe, expect, it } from '@jest/globals';
import { JitterBuffer } from './jitter-buffer.js';

const RATE = 24_000;
const BLOCK = 128;
const PIECE = 480;

/** Not silent, and so soft that neither beginning nor end is a click. */
function ramp(length: number, from = 0): Float32Array {
  return Float32Array.from({ length }, (_, i) => (((from + i) % 1900) + 1) / 1e6);
}

describe('the jitter buffer', () => {
  let buffer: JitterBuffer;
  let now: number;
  let out: number[];

  beforeEach(() => {
    buffer = new JitterBuffer({ sampleRate: RATE, pauseMs: 40, driftMs: 60 });
    now = 0;
    out = [];
  });

  /** The call's clock is the loudspeaker's unless said otherwise. */
  const push = (samples: Float32Array, due: number | null = null, atMs = due === null ? null : due / 24) =>
    buffer.push({ samples, due, atMs }, now);

  function run(ms: number): void {
    const block = new Float32Array(BLOCK);
    for (const end = now + (ms * RATE) / 1000; now < end; now += BLOCK) {
      buffer.read(block, now);
      out.push(...block);
    }
  }

  const sounding = () => {
    const first = out.findIndex((sample) => sample !== 0);
    return first < 0 ? [] : out.slice(first, out.findLastIndex((sample) => sample !== 0) + 1);
  };

  /** Sound at its pace, each piece late by what `latenessMs` says. */
  function stream(pieces: number, latenessMs: (index: number) => number): Float32Array {
    const sound = ramp(pieces * PIECE);
    const arrivals = Array.from({ length: pieces }, (_, i) => i * 20 + latenessMs(i));
    let next = 0;
    const start = now;
    while (next < pieces) {
      while (next < pieces && start + (arrivals[next]! * RATE) / 1000 <= now) {
        push(sound.slice(next * PIECE, (next + 1) * PIECE));
        next++;
      }
      run(1);
    }
    run(300);
    return sound;
  }

  it('is silent while there is nothing', () => {
    run(100);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });

  it('gives sound out as it came, whatever the pieces', () => {
    const sound = ramp(24_000);
    for (let at = 0, size = 1; at < sound.length; at += size, size = (size * 7 + 13) % 997) {
      push(sound.slice(at, at + size));
    }
    run(1300);
    expect(Float32Array.from(sounding())).toEqual(sound);
    expect(buffer.holes).toBe(0);
    expect(buffer.depthMs).toBe(0);
    expect(buffer.done).toBe(24_000);
  });

  it('starts once 80 ms are there, and with less after 80 ms', () => {
    push(ramp(1920));
    run(10);
    expect(out[0]).not.toBe(0);
    run(1000);
    out = [];
    push(ramp(240));
    run(70);
    expect(sounding()).toEqual([]);
    run(30);
    expect(sounding()).toHaveLength(240);
  });

  it('bears 70 ms of jitter without a hole', () => {
    const sound = stream(500, (i) => (i * 7919) % 70);
    expect(Float32Array.from(sounding())).toEqual(sound);
    expect(buffer.holes).toBe(0);
  });

  it('learns from sound that comes late, and has no more holes of that kind', () => {
    stream(50, (i) => (i === 20 ? 100 : 0));
    expect(buffer.holes).toBe(1);
    run(1000);
    out = [];
    const sound = stream(200, (i) => (i % 50 === 20 ? 100 : 0));
    expect(buffer.holes).toBe(1);
    expect(Float32Array.from(sounding())).toEqual(sound);
  });

  it('has no click where sound breaks off in the middle, and where it comes back', () => {
    const loud = () => new Float32Array(4800).fill(0.5);
    push(loud());
    run(300);
    push(loud());
    run(400);
    let steepest = 0;
    for (let i = 1; i < out.length; i++) steepest = Math.max(steepest, Math.abs(out[i]! - out[i - 1]!));
    expect(steepest).toBeLessThanOrEqual(0.5 / 60 + 1e-6);
    expect(out.filter((sample) => sample === 0.5).length).toBeGreaterThan(2 * 4800 - 130);
  });

  it('forgets what waits', () => {
    push(ramp(RATE));
    run(100);
    buffer.clear();
    out = [];
    run(500);
    expect(sounding().length).toBeLessThanOrEqual(60);
    expect(buffer.depthMs).toBe(0);
    out = [];
    push(ramp(2400));
    run(200);
    expect(sounding()).toHaveLength(2400);
    expect(buffer.holes).toBe(0);
  });

  it('takes no more than five minutes', () => {
    const minute = new Float32Array(60 * RATE);
    for (let i = 0; i < 5; i++) expect(push(minute)).toBe(true);
    expect(push(new Float32Array(PIECE))).toBe(true);
    expect(push(new Float32Array(PIECE))).toBe(false);
  });

  describe('with sound that has its time', () => {
    it('plays it then, to the sample', () => {
      push(ramp(PIECE), 3001);
      push(ramp(PIECE, PIECE), 3481);
      run(300);
      expect(out.findIndex((sample) => sample !== 0)).toBe(3001);
      expect(Float32Array.from(sounding())).toEqual(ramp(2 * PIECE));
    });

    it('keeps the pause between two utterances', () => {
      push(ramp(PIECE), 1000);
      push(ramp(PIECE), 1000 + PIECE + 2400);
      run(400);
      expect(out.slice(1000, 1480).every((sample) => sample !== 0)).toBe(true);
      expect(out.slice(1480, 3880).every((sample) => sample === 0)).toBe(true);
      expect(out.slice(3880, 4360).every((sample) => sample !== 0)).toBe(true);
    });

    it('makes no hole of times that are a little off', () => {
      for (let i = 0; i < 50; i++) push(ramp(PIECE, i * PIECE), 1000 + i * PIECE + (i % 2 === 0 ? 0 : 700));
      run(1200);
      expect(Float32Array.from(sounding())).toEqual(ramp(50 * PIECE));
    });

    it('cuts what was never heard, at its time', () => {
      for (let i = 0; i < 20; i++) push(ramp(PIECE, i * PIECE), 1000 + i * PIECE, 5000 + i * 20);
      run(100);
      buffer.cut(5150);
      run(600);
      const kept = sounding();
      expect(Float32Array.from(kept.slice(0, 3600))).toEqual(ramp(3600));
      expect(kept.length).toBeLessThanOrEqual(3660);
      expect(buffer.depthMs).toBe(0);
      expect(buffer.holes).toBe(0);
    });

    it('a cut in the past stops at once', () => {
      for (let i = 0; i < 20; i++) push(ramp(PIECE, i * PIECE), i * PIECE, 5000 + i * 20);
      run(100);
      buffer.cut(5000);
      const before = out.length;
      run(600);
      expect(out.slice(before + 64).every((sample) => sample === 0)).toBe(true);
    });

    it('makes a clock that drifts good where it is quiet, and leaves what is loud alone', () => {
      // The sender’s clock is 1 % fast, so that a minute is as good as hours.
      const loud = Float32Array.from({ length: PIECE }, (_, i) => 0.3 * Math.sin((2 * Math.PI * i) / 48));
      for (let i = 0; i < 3000; i++) {
        const sentAt = Math.round((i * PIECE) / 1.01);
        while (now < sentAt) run(1);
        push(i % 10 < 5 ? loud : new Float32Array(PIECE), sentAt + 1440);
      }
      expect(buffer.depthMs).toBeLessThan(60 + 60 + 40);
      expect(buffer.holes).toBe(0);
      const peaks = out.filter(
        (sample, i) => sample > 0.29999 && out[i - 1]! <= sample && out[i + 1]! <= sample,
      );
      expect(peaks.length).toBeGreaterThan(1500 * 10 - 50);
    });

    it('leaves out what is hopelessly late', () => {
      now = 10 * RATE;
      push(ramp(PIECE), 0);
      push(ramp(PIECE), 10 * RATE);
      run(100);
      expect(sounding()).toHaveLength(PIECE);
    });
  });
});
