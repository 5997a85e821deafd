import { describe, expect, it } from '@jest/globals';
import { OutboundConfig } from './outbound.config.js';
import { TollGuard } from './toll-guard.js';

function allows(prefix: string, number: string): boolean {
  const guard = new TollGuard(Object.assign(new OutboundConfig(), { allowedPrefixes: [prefix] }));
  const refusal = guard.refusal(number);
  if (refusal !== null) expect(refusal.code).toBe('DIAL_PREFIX_REFUSED');
  return refusal === null;
}

describe('a prefix', () => {
  it.each([
    ['premium rate', '+19005551234', '+1', '+1900'],
    ['premium rate beside whole towns', '+81990504123', '+81', '+81990'],
    ['premium rate of three lands', '+448431234567', '+44', '+4484'],
    ['shared cost', '+491805123456', '+49', '+49180'],
    ['a personal number', '+447012345678', '+44', '+4470'],
    ['a pager', '+447640123456', '+44', '+447640'],
    ['a satellite of no country', '+881612345678', '+8', '+881'],
    ['a network of its own', '+882161234567', '+88', '+882'],
    ['a satellite inside a country', '+61147101234', '+61', '+61147'],
    ['another one', '+16002345678', '+1', '+1600'],
  ])('opens %s only where it names it', (_, number, bare, named) => {
    expect(allows(bare, number)).toBe(false);
    expect(allows(named, number)).toBe(true);
    expect(allows(number, number)).toBe(true);
  });

  it.each([
    ['Jamaica', '+18765230123', '+1', '+1876'],
    ['Puerto Rico', '+17875551234', '+1', '+1787'],
    ['Kazakhstan', '+77012345678', '+7', '+77'],
    ['the Isle of Man', '+447624123456', '+44', '+447624'],
    ['Jersey', '+441534123456', '+44', '+441534'],
  ])('that is a shared code does not mean %s', (_, number, bare, named) => {
    expect(allows(bare, number)).toBe(false);
    expect(allows(named, number)).toBe(true);
  });

  it.each([
    ['+18', '+18765230123'],
    ['+19', '+19005551234'],
    ['+491', '+491805123456'],
    ['+8199', '+81990504123'],
    ['+447', '+447640123456'],
  ])('%s names nothing outright with which other numbers begin: %s', (prefix, number) => {
    expect(allows(prefix, number)).toBe(false);
  });

  it.each([
    ['+1', '+12025550123'],
    ['+1', '+14169671111'],
    ['+1', '+18005551234'],
    ['+7', '+74951234567'],
    ['+44', '+442079460123'],
    ['+44', '+447400123456'],
    ['+49', '+4930123456'],
    ['+49', '+4915112345678'],
    ['+39', '+390669812345'],
    ['+358', '+35818123456'],
    ['+800', '+80012345678'],
    ['+1', '+15550100077'],
  ])('%s opens what it is meant to open: %s', (prefix, number) => {
    expect(allows(prefix, number)).toBe(true);
  });
});
