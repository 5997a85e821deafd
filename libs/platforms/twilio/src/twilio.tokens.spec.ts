import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { ACCOUNT, CALL } from '../test/wire.js';
import { type AnnouncedCall, StreamTokens } from './twilio.tokens.js';

const CALLING: AnnouncedCall = {
  callSid: CALL,
  accountSid: ACCOUNT,
  direction: 'inbound',
  from: null,
  to: null,
};

describe('StreamTokens', () => {
  it('hands out tokens that are all different and need no escaping in a URL', () => {
    const tokens = new StreamTokens(new ManualClock(), 1000);
    const issued = Array.from({ length: 100 }, () => tokens.issue(CALLING));
    expect(new Set(issued).size).toBe(100);
    expect(issued.every((token) => /^[\w-]{32}$/.test(token))).toBe(true);
  });

  it('gives the call for a token once, in time, and for nothing else', () => {
    const clock = new ManualClock();
    const tokens = new StreamTokens(clock, 1000);
    const [used, late] = [tokens.issue(CALLING), tokens.issue(CALLING)];
    expect(tokens.redeem('')).toBeUndefined();
    expect(tokens.redeem(`${used} `)).toBeUndefined();
    expect(tokens.redeem(used)).toBe(CALLING);
    expect(tokens.redeem(used)).toBeUndefined();
    clock.advance(1000);
    expect(tokens.redeem(late)).toBeUndefined();
  });
});
