import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { ExpiringMap } from './expiring-map.js';

describe('ExpiringMap', () => {
  it('forgets after its time, and what is set again lives on', () => {
    const clock = new ManualClock();
    const map = new ExpiringMap<string>(clock, 1000, 10);
    map.set('a', '1');
    map.set('b', '1');
    clock.advance(999);
    map.set('b', '2');
    expect(map.get('a')).toBe('1');
    clock.advance(1);
    expect(map.get('a')).toBeUndefined();
    expect(map.take('a')).toBeUndefined();
    expect(map.get('b')).toBe('2');
  });

  it('gives a thing away once', () => {
    const map = new ExpiringMap<string>(new ManualClock(), 1000, 10);
    map.set('a', '1');
    expect([map.take('a'), map.take('a'), map.get('a')]).toEqual(['1', undefined, undefined]);
  });

  it('holds no more than its capacity, the newest, and sweeps out what has expired', () => {
    const clock = new ManualClock();
    const map = new ExpiringMap<number>(clock, 1000, 3);
    for (let i = 0; i < 10; i++) map.set(`k${i}`, i);
    expect(map.size).toBe(3);
    expect([map.get('k6'), map.get('k7'), map.get('k9')]).toEqual([undefined, 7, 9]);
    clock.advance(1000);
    map.set('new', 1);
    expect(map.size).toBe(1);
  });
});
