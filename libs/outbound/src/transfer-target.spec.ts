import { describe, expect, it } from '@jest/globals';
import { OutboundConfig } from './outbound.config.js';
import { TollGuard } from './toll-guard.js';
import { transferTarget } from './transfer-target.js';

function target(to: string, settings: Partial<OutboundConfig> = {}): string {
  const config = Object.assign(new OutboundConfig(), { allowedPrefixes: ['+49'], ...settings });
  return transferTarget(to, new TollGuard(config), config);
}

const codeOf = (to: string, settings: Partial<OutboundConfig> = {}) => {
  try {
    return `taken: ${target(to, settings)}`;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

describe('where an operator may hand a caller on to', () => {
  it.each(['+4930123456', '+49 (30) 1234-56', 'tel:+49-30-123456'])('is a number, as E.164: %s', (to) => {
    expect(target(to)).toBe('+4930123456');
  });

  it('is a number without its country where there is a default one', () => {
    expect(target('030 123456', { defaultCountry: 'DE' })).toBe('+4930123456');
    expect(codeOf('030 123456')).toBe('DIAL_BAD_NUMBER');
  });

  it.each([
    'sip:desk@pbx.example.com',
    'sips:desk@pbx.example.com;transport=tcp',
    'sip:4711@pbx.example.com',
    'sip:pbx.example.com:5061',
    'sip:+4930123456@sbc.example.com',
    'sip:004930123456@sbc.example.com?x=a@b',
  ])('is a SIP address as it stands: %s', (to) => {
    expect(target(to)).toBe(to);
  });

  it.each([
    '+882161234567',
    'tel:+882161234567',
    '+33142685300',
    'sip:+882161234567@sbc.example.com',
    'sip:%2B882161234567@sbc.example.com',
    'sip:+88-216-1234567;phone-context=x@sbc.example.com',
    'SIP:+882161234567:secret@sbc.example.com;user=phone',
    'sips:00882161234567@sbc.example.com',
    'sip:+882161234567',
  ])('is no number that may not be called: %s', (to) => {
    expect(codeOf(to)).toBe('DIAL_PREFIX_REFUSED');
    expect(codeOf(to, { allowedPrefixes: [] })).toBe('DIAL_PREFIX_REFUSED');
  });

  it.each([
    '4711',
    'sip:882161234567@sbc.example.com',
    'sip:011882161234567@sbc.example.com',
    'sip:110@sbc.example.com;user=phone',
    'sip:desk@+882161234567@sbc.example.com',
    'sip:%E0%A4%A@sbc.example.com',
  ])('is nothing of which that cannot be told: %s', (to) => {
    expect(codeOf(to)).toBe('DIAL_BAD_NUMBER');
  });
});
