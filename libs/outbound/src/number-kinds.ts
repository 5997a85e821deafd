import { type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Is it so of this number? */
type Question = (known: PhoneNumber) => boolean;

/** Kinds of libphonenumber that cost more than a call, or as much as their owner likes. */
const COSTLY_TYPES: ReadonlySet<string> = new Set([
  'PREMIUM_RATE',
  'SHARED_COST',
  'PERSONAL_NUMBER',
  'PAGER',
]);
/** Codes of no country: shared cost, satellites, personal numbers, networks of their own, premium rate. */
const COSTLY_CODES: ReadonlySet<string> = new Set(['808', '870', '878', '881', '882', '883', '888', '979']);
/** Satellites inside a country's plan: Canada, Australia, Russia. */
const SATELLITES = ['+1600', '+61145', '+61147', '+7954'];
/** Of the codes that countries with prices of their own share: whom the bare code means. */
const MAIN_COUNTRIES: Readonly<Record<string, readonly string[]>> = {
  '1': ['US', 'CA'],
  '7': ['RU'],
  '44': ['GB'],
};

/** What a short prefix does not open, though it stands before it. */
const QUESTIONS: readonly Question[] = [isCostly, isElsewhere];
/** So many digits behind a prefix tell which kinds of numbers begin with it. */
const LOOK_AHEAD = 2;

/** Opens only what it is meant to open: knows which numbers a prefix has to name outright. */
export class NumberKinds {
  /** By question, prefix and length: it is asked of a hundred numbers. */
  private readonly known = new Map<string, boolean>();

  /**
   * May a number that begins with this prefix be called because of it? Premium rate, shared cost, satellites, personal numbers and
   * pagers, and countries that are not meant by a shared code, only where no other number begins so.
   */
  isOpened(number: string, prefix: string): boolean {
    const parsed = parsePhoneNumberFromString(number);
    if (parsed === undefined) return true;
    return QUESTIONS.every((question, i) => !question(parsed) || this.namesOutright(parsed, prefix, i));
  }

  private namesOutright(parsed: PhoneNumber, prefix: string, question: number): boolean {
    const code = `+${parsed.countryCallingCode}`;
    if (prefix.length < code.length) return false;
    if (prefix === code) return COSTLY_CODES.has(parsed.countryCallingCode);
    const key = `${question} ${prefix} ${parsed.number.length}`;
    const found = this.known.get(key) ?? everyOne(parsed.number, prefix, QUESTIONS[question]!);
    this.known.set(key, found);
    return found;
  }
}

/** Is it so of every number that exists and begins with this prefix, as far as the next digits tell? */
function everyOne(number: string, prefix: string, question: Question): boolean {
  const digits = Math.min(LOOK_AHEAD, number.length - prefix.length);
  const rest = number.slice(prefix.length + digits);
  for (let i = 0; i < 10 ** digits; i++) {
    const next = digits === 0 ? '' : String(i).padStart(digits, '0');
    const other = parsePhoneNumberFromString(prefix + next + rest);
    if (other?.isValid() && !question(other)) return false;
  }
  return true;
}

function isCostly(known: PhoneNumber): boolean {
  return (
    COSTLY_CODES.has(known.countryCallingCode) ||
    COSTLY_TYPES.has(known.getType() ?? '') ||
    SATELLITES.some((prefix) => known.number.startsWith(prefix))
  );
}

/** A country that shares its code with a greater one. */
function isElsewhere({ countryCallingCode, country }: PhoneNumber): boolean {
  const main = MAIN_COUNTRIES[countryCallingCode];
  return main !== undefined && country !== undefined && !main.includes(country);
}
