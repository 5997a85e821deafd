import { describe, expect, it } from '@jest/globals';
import { OutboundConfig } from './outbound.config.js';
import { outboundSetup } from './setup.js';
import { TollGuard } from './toll-guard.js';

const guard = (config: Partial<OutboundConfig>) => new TollGuard(Object.assign(new OutboundConfig(), config));

describe('the guard against toll fraud', () => {
  it('lets nobody be called as it comes', () => {
    expect(guard({}).refusal('+4930123456')?.code).toBe('DIAL_PREFIX_REFUSED');
  });

  it.each([
    ['+4930123456', true],
    ['+4990012345', false],
    ['+49900555123', true],
    ['+12025550123', true],
    ['+18765230123', false],
    ['+33142685300', false],
  ])('goes by the longest prefix that fits: %s', (number, allowed) => {
    const own = guard({
      allowedPrefixes: ['+49', '+49900555', '+1'],
      blockedPrefixes: ['+49900', '+1876', '+33'],
    });
    expect(own.refusal(number) === null).toBe(allowed);
  });

  it('refuses what is allowed and blocked by the same prefix', () => {
    const own = guard({ allowedPrefixes: ['+49'], blockedPrefixes: ['+49'] });
    expect(own.refusal('+4930123456')).not.toBeNull();
  });

  it('reckons by the longest price that fits, and in minutes that have begun', () => {
    const own = guard({
      pricePerMinuteUsd: { '+49': 0.02, '+4915': 0.1 },
      otherPricePerMinuteUsd: 1,
      expectedMinutes: 3,
    });
    expect(own.reserve('+4930123456')).toBeCloseTo(0.06);
    expect(own.cost('+4915112345678', 60_001)).toBeCloseTo(0.2);
    expect(own.cost('+4915112345678', 0)).toBeCloseTo(0.1);
    expect(own.cost('+33142685300', 1)).toBeCloseTo(1);
  });

  it('is told of on the start-up page', () => {
    const config = new OutboundConfig();
    expect(outboundSetup(config, ['twilio'])).toMatchObject({
      state: 'incomplete',
      lines: [expect.stringContaining('OUTBOUND_PREFIXES')],
    });
    expect(outboundSetup(config, []).lines).toHaveLength(2);
    config.allowedPrefixes = ['+49'];
    expect(outboundSetup(config, ['twilio'])).toMatchObject({ state: 'ready' });
    config.windows = ['mo-fr 09:00-20:00'];
    expect(outboundSetup(config, ['twilio']).lines.at(-1)).toContain('mo-fr 09:00-20:00');
  });
});
