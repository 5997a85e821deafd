import { getTimezonesForCountry } from 'countries-and-timezones';
import { type CountryCode, type PhoneNumber, parsePhoneNumberWithError } from 'libphonenumber-js/max';
import { errors } from './errors.js';

export interface NumberRules {
  /** ISO 3166; empty: numbers must name their country. */
  readonly defaultCountry: string;
  readonly acceptUnassigned: boolean;
}

/** As E.164. Throws DIAL_BAD_NUMBER. */
export function normalised(text: string, field: 'to' | 'from', rules: NumberRules): string {
  const number = parsed(text, field, rules.defaultCountry);
  const fits = rules.acceptUnassigned ? number.isPossible() : number.isValid();
  // An extension cannot be dialled and must not be lost without a word.
  if (!fits || number.ext !== undefined) throw errors.badNumber(field);
  return number.number;
}

/**
 * Every time zone in which the owner of this number may be: those of its country, or of all countries that share its calling code
 * where it does not tell which. Empty: it tells nothing.
 */
export function zonesOf(number: string): readonly string[] {
  const known = parsed(number, 'to', '');
  const countries = known.country === undefined ? known.getPossibleCountries() : [known.country];
  return [
    ...new Set(
      countries.flatMap((country) => getTimezonesForCountry(country)?.map(({ name }) => name) ?? []),
    ),
  ];
}

/** Throws DIAL_BAD_ORDER. */
export function checkedZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw errors.badOrder('timeZone is no IANA time zone such as Europe/Berlin');
  }
}

function parsed(text: string, field: 'to' | 'from', country: string): PhoneNumber {
  try {
    return parsePhoneNumberWithError(text, {
      ...(country === '' ? {} : { defaultCountry: country as CountryCode }),
      extract: false,
    });
  } catch {
    throw errors.badNumber(field);
  }
}
