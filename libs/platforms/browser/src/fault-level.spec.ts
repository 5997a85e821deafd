import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { FaultLevel } from './fault-level.js';

describe('FaultLevel', () => {
  it('is too much when the faults reach the limit, whatever was good in between', () => {
    const level = new FaultLevel(new ManualClock(), 50, 0.5);
    const told = Array.from({ length: 51 }, () => level.add(1));
    expect(told.indexOf(true)).toBe(49);
    expect(told[50]).toBe(true);
  });

  it('weighs faults', () => {
    const level = new FaultLevel(new ManualClock(), 50, 0.5);
    expect(level.add(49.5)).toBe(false);
    expect(level.add(0.5)).toBe(true);
  });

  it('forgives with time, but no more than there was', () => {
    const clock = new ManualClock();
    const level = new FaultLevel(clock, 50, 0.5);
    for (let i = 0; i < 1000; i++) {
      expect(level.add(1)).toBe(false);
      clock.advance(2000);
    }
    clock.advance(3_600_000);
    for (let i = 0; i < 49; i++) expect(level.add(1)).toBe(false);
    expect(level.add(1)).toBe(true);
  });

  it('is too much in the end where faults come faster than they are forgiven', () => {
    const clock = new ManualClock();
    const level = new FaultLevel(clock, 50, 0.5);
    let count = 1;
    for (; !level.add(1); count++) clock.advance(1000);
    expect(count).toBe(99);
  });
});
