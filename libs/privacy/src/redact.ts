import type { Redact, Redaction } from '#libs/contracts';
import { cutEmails } from './emails.js';
import { isJson, redactJson } from './json.js';
import { cutKeys, cutKeysAmong } from './keys.js';
import { cutNumbers } from './numbers.js';
import { cutSpokenDigits } from './spoken-digits.js';

type Cuts = readonly (readonly [Redaction, (text: string) => string])[];

/** In this order: an address may hold digits, keys may look like a number, and spoken digits may stand among written ones. */
const CUTS: Cuts = [
  ['emails', cutEmails],
  ['keys', cutKeys],
  ['spoken-digits', cutSpokenDigits],
  ['numbers', cutNumbers],
];
/** Of what stands in JSON under any name but that of keys. */
const CUTS_AMONG: Cuts = CUTS.map(([rule, cut]) => [rule, cut === cutKeys ? cutKeysAmong : cut]);

/**
 * Puts `[email]`, `[key]` and `[number]` in place of what the rules name; everything else stays as it is. What is JSON stays JSON: it is
 * cut value by value, lists as one text. Pure, in time proportional to the text. Never throws. What has been redacted already stays so.
 */
export const redact: Redact = (text, rules) => {
  if (rules.length === 0 || text === '') return text;
  if (!isJson(text)) return cutAll(CUTS, text, rules);
  return redactJson(text, (value, isKeys) => {
    if (isJson(value)) return redact(value, rules);
    return cutAll(isKeys ? CUTS : CUTS_AMONG, value, rules);
  });
};

function cutAll(cuts: Cuts, text: string, rules: readonly Redaction[]): string {
  return cuts.reduce((left, [rule, cut]) => (rules.includes(rule) ? cut(left) : left), text);
}
