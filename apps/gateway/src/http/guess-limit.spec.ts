import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { GuessLimit } from './guess-limit.js';

describe('GuessLimit', () => {
  it('counts each address for itself, and for a minute from its first guess on', () => {
    const clock = new ManualClock();
    const limit = new GuessLimit(clock);
    expect([limit.count('192.0.2.1'), limit.count('192.0.2.1'), limit.count('192.0.2.2')]).toEqual([1, 2, 1]);
    clock.advance(59_000);
    expect(limit.count('192.0.2.1')).toBe(3);
    clock.advance(1000);
    expect(limit.count('192.0.2.1')).toBe(1);
  });

  it('counts a network of IPv6 as one, and an IPv4 address by both of its spellings', () => {
    const limit = new GuessLimit(new ManualClock());
    const counts = [
      '2001:db8:0:1::1',
      '2001:db8:0:1:ffff:ffff:ffff:ffff',
      '2001:db8::1:9:9:9:9',
      '2001:db8::1',
      '192.0.2.1',
      '::ffff:192.0.2.1',
    ].map((address) => limit.count(address));
    expect(counts).toEqual([1, 2, 3, 1, 1, 2]);
  });

  it('forgets the oldest of very many addresses', () => {
    const limit = new GuessLimit(new ManualClock());
    for (let i = 0; i < 5000; i++) limit.count(`10.0.${i >> 8}.${i & 255}`);
    expect(limit.size).toBe(1000);
    expect(limit.count(`10.0.${4999 >> 8}.${4999 & 255}`)).toBe(2);
    expect(limit.count('10.0.0.0')).toBe(1);
  });
});
