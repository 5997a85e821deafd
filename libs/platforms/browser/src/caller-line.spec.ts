import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AudioFrame } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { CallerLine } from './caller-line.js';

const PIECE = new Uint8Array(960).fill(1);

describe('the caller’s line', () => {
  let clock: ManualClock;
  let frames: AudioFrame[];
  let line: CallerLine;

  beforeEach(() => {
    clock = new ManualClock();
    frames = [];
    line = new CallerLine({ encoding: 'pcm16', sampleRate: 24_000 }, clock, 400, (frame) =>
      frames.push(frame),
    );
  });

  const fillerMs = () =>
    frames.filter((frame) => frame.isFiller).reduce((sum, { durationMs }) => sum + durationMs, 0);

  function speak(forMs: number): void {
    for (let ms = 0; ms < forMs; ms += 20) {
      clock.advance(20);
      expect(line.take(PIECE)).toBe(true);
    }
  }

  it('hands sound on as it came', () => {
    line.run();
    speak(3000);
    expect(frames).toHaveLength(150);
    expect(frames[0]).toMatchObject({ track: 'caller', timestampMs: 1020, durationMs: 20, isFiller: false });
    expect(frames[0]?.bytes).toBe(PIECE);
  });

  it('puts silence where no sound comes for long, in real time', () => {
    line.run();
    speak(1000);
    clock.advance(390);
    expect(fillerMs()).toBe(0);
    clock.advance(3610);
    expect(fillerMs()).toBeGreaterThanOrEqual(3900);
    expect(fillerMs()).toBeLessThanOrEqual(4000);
    expect(frames.at(-1)?.samples.every((sample) => sample === 0)).toBe(true);
    const before = fillerMs();
    speak(1000);
    expect(fillerMs()).toBe(before);
  });

  it('also where none ever came', () => {
    line.run();
    clock.advance(1000);
    expect(fillerMs()).toBe(1000);
  });

  it('fills nothing before it runs and after it has stopped', () => {
    clock.advance(5000);
    line.run();
    line.run();
    line.stop();
    clock.advance(5000);
    expect(frames).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('makes no flood of a process that was held up, nor silence of sound that waited meanwhile', () => {
    line.run();
    speak(100);
    clock.stall(1000);
    expect(line.take(PIECE)).toBe(true);
    clock.advance(100);
    expect(fillerMs()).toBe(0);
    clock.stall(60_000);
    expect(fillerMs()).toBe(0);
    clock.advance(100);
    expect(fillerMs()).toBe(1000);
  });

  it('takes a backlog of two seconds, and leaves out what is more', () => {
    line.run();
    speak(1000);
    clock.advance(300);
    let taken = 0;
    for (let i = 0; i < 500; i++) if (line.take(PIECE)) taken++;
    expect(taken).toBe(100);
    clock.advance(1000);
    for (let i = 0; i < 500; i++) if (line.take(PIECE)) taken++;
    expect(taken).toBe(150);
  });
});
