import { describe, expect, it } from '@jest/globals';
import { ArrivalLog } from './arrival-log.js';

describe('ArrivalLog', () => {
  it('knows nothing before the first piece', () => {
    expect(new ArrivalLog().instantOf(0, 'started')).toBeNull();
  });

  it('tells when the sound at a position was spoken, by the arrival of the piece that holds it', () => {
    const log = new ArrivalLog();
    log.note(20, 1000);
    // The line stalled; what came after says nothing about what came before.
    log.note(40, 1100);
    expect(log.instantOf(0, 'started')).toBe(980);
    expect(log.instantOf(5, 'stopped')).toBe(985);
    expect(log.instantOf(20, 'stopped')).toBe(1000);
    expect(log.instantOf(20, 'started')).toBe(1080);
    expect(log.instantOf(25, 'started')).toBe(1085);
    expect(log.instantOf(40, 'stopped')).toBe(1100);
  });

  it('counts from the nearest piece outside of what it remembers', () => {
    const log = new ArrivalLog();
    for (let i = 1; i <= 2000; i++) log.note(i * 20, 5000 + i * 20);
    expect(log.instantOf(39_000, 'stopped')).toBe(44_000);
    expect(log.instantOf(100, 'stopped')).toBe(5100);
    expect(log.instantOf(40_500, 'stopped')).toBe(45_500);
  });
});
