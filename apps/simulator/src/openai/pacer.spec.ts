import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { Pacer } from './pacer.js';

/** Steps every `everyMs`, `times` times in all, and notes when. */
function counting(everyMs: number, times: number, at: number[]) {
  return (nowMs: number): number | null => {
    at.push(nowMs);
    return at.length < times ? nowMs + everyMs : null;
  };
}

describe('the pacer', () => {
  it('runs any number of things by one timer, each at its own pace, and rests when all are done', () => {
    const clock = new ManualClock(0);
    const pacer = new Pacer(clock);
    const logs = Array.from({ length: 50 }, () => [] as number[]);
    for (const [index, log] of logs.entries()) pacer.start(counting(10 + 5 * (index % 2), 4, log));
    expect(clock.pending).toBe(1);
    clock.advance(100);
    expect(logs[0]).toEqual([0, 10, 20, 30]);
    expect(logs[1]).toEqual([0, 15, 30, 45]);
    expect(clock.pending).toBe(0);
  });

  it('needs no timer for what is done at once', () => {
    const clock = new ManualClock(0);
    new Pacer(clock).start(() => null);
    expect(clock.pending).toBe(0);
  });

  it('stops what it is told to stop', () => {
    const clock = new ManualClock(0);
    const pacer = new Pacer(clock);
    const log: number[] = [];
    const paced = counting(10, 100, log);
    pacer.start(paced);
    clock.advance(20);
    pacer.stop(paced);
    clock.advance(100);
    expect(log).toEqual([0, 10, 20]);
    expect(clock.pending).toBe(0);
  });
});
