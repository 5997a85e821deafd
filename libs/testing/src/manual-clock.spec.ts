import { describe, expect, it } from '@jest/globals';
import { everyUnlessHeldUp } from '#libs/contracts';
import { ManualClock } from './manual-clock.js';

describe('what runs unless the process was held up', () => {
  it('runs in time, leaves out the run that is late, and never two', () => {
    const clock = new ManualClock(0);
    const runs: number[] = [];
    const cancel = everyUnlessHeldUp(clock, 100, () => runs.push(clock.nowMs()));
    clock.advance(250);
    clock.stall(350);
    clock.advance(100);
    clock.stall(400);
    clock.stall(400);
    clock.advance(100);
    cancel();
    clock.advance(1000);
    expect(runs).toEqual([100, 200, 700, 1500, 1600]);
    expect(clock.pending).toBe(0);
  });
});
