import { type NumberRules, normalised } from './callee-number.js';
import { errors } from './errors.js';
import type { TollGuard } from './toll-guard.js';

const SIP = /^sips?:/i;
/** What is shorter is an extension of the place that the address names. */
const NUMBER = /^\+?\d{7,}$/;

/**
 * Where an operator may hand a caller on to: a number as E.164, a SIP address as it stands. A number in a SIP address is a number, too.
 * Throws DIAL_PREFIX_REFUSED, DIAL_BAD_NUMBER.
 */
export function transferTarget(to: string, guard: TollGuard, rules: NumberRules): string {
  const isSip = SIP.test(to);
  const text = isSip ? numberInSip(to) : to.replace(/^tel:/i, '');
  if (text === null) return to;
  const number = normalised(text, 'to', rules);
  const refusal = guard.refusal(number);
  if (refusal !== null) throw refusal;
  return isSip ? to : number;
}

/**
 * The telephone number that a SIP address asks its place to call: `sip:+4930123456@sbc.example.com`. Null: it names somebody there.
 * Throws DIAL_BAD_NUMBER where that cannot be told.
 */
function numberInSip(address: string): string | null {
  const [bare = ''] = address.replace(SIP, '').split('?');
  const [user = '', , ...more] = bare.split('@');
  if (more.length > 0) throw errors.badNumber('to');
  const [name = ''] = user.split(/[;:]/);
  const digits = unescaped(name).replace(/[\s().-]/g, '');
  const isPhone = /;user=phone\b/i.test(bare) && /\d/.test(digits);
  if (!isPhone && !NUMBER.test(digits)) return null;
  return digits.startsWith('00') ? `+${digits.slice(2)}` : digits;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw errors.badNumber('to');
  }
}
