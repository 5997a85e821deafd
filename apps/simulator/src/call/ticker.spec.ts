import { describe, expect, it } from '@jest/globals';
import type { Clock } from '#libs/contracts';
import { ManualClock } from '#libs/testing';
import { FRAME_MS, Ticker } from './ticker.js';

describe('Ticker', () => {
  it('ticks 50 times a second and never drifts, however late each tick comes', () => {
    const clock = new ManualClock(0.3);
    const ticker = new Ticker(clock);
    const dues: number[] = [];
    ticker.join((dueMs) => dues.push(dueMs));
    for (let i = 0; i < 1000; i++) clock.advance(9.7 + (i % 7) / 10);
    expect(dues.length).toBe(Math.floor((clock.nowMs() - dues[0]!) / FRAME_MS) + 1);
    for (const [index, dueMs] of dues.entries()) expect(dueMs - dues[0]!).toBeCloseTo(index * FRAME_MS, 6);
  });

  it('delivers at once all ticks that a stall has delayed', () => {
    let nowMs = 0;
    let due: () => void = () => undefined;
    const stalled: Clock = {
      nowMs: () => nowMs,
      after: (_delayMs, action) => {
        due = action;
        return () => undefined;
      },
      every: () => () => undefined,
    };
    let ticks = 0;
    new Ticker(stalled).join(() => ticks++);
    due();
    expect(ticks).toBe(1);
    nowMs = 500;
    due();
    expect(ticks).toBe(26);
  });

  it('spreads callers over the phases of a frame', () => {
    const clock = new ManualClock();
    const ticker = new Ticker(clock);
    const at = new Set<number>();
    for (let i = 0; i < 4; i++) ticker.join((dueMs) => at.add(dueMs % FRAME_MS));
    clock.advance(40);
    expect(at.size).toBe(4);
  });

  it('leaves no timer behind when everybody has left', () => {
    const clock = new ManualClock();
    const ticker = new Ticker(clock);
    const leave = [ticker.join(() => undefined), ticker.join(() => undefined)];
    clock.advance(100);
    for (const one of leave) one();
    clock.advance(40);
    expect(clock.pending).toBe(0);
    let ticks = 0;
    ticker.join(() => ticks++);
    clock.advance(100);
    expect(ticks).toBeGreaterThanOrEqual(5);
  });
});
