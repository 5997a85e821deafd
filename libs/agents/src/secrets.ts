import { isRecord } from './checks.js';

/** Stands for a secret in what is shown; sent back, it means the secret that is known already. */
export const HIDDEN = 'hidden';

/** Also `clientSecret`, `auth_token`; not `tokens`, which are counted. */
const SECRET_KEY = /(secret|token|password|authorization|api[-_]?key|access[-_]?key)$/i;
/** For those alone who may change agents: an address' path and query hold keys as often as a password does, and so do a program's arguments. */
const ADDRESS_KEY = /url$/i;
const ARGUMENTS = 'args';
/** Everything below these may be one: headers and environments are where keys are put. */
const SECRET_PLACES = ['headers', 'env'];

/** A copy for people to read. */
export function hideSecrets(value: unknown, place = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => hideSecrets(one));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      isSecret(key, one, place) ? HIDDEN : hideSecrets(one, key),
    ]),
  );
}

/** Of what `hideSecrets` made, for those who may look and not change: of addresses where they lead alone, of arguments how many there are. */
export function coverAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(coverAddresses);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      isCoverable(key, one) ? covered(one) : coverAddresses(one),
    ]),
  );
}

/**
 * A copy with the secrets of the version before in place of what stands for them. Elements of a list are told apart by their names. A
 * secret goes with its address: where the `url` beside or above it is another one, it must be given again, so that nobody who may only
 * use it can have it sent to himself. What was covered is taken back as well. Each that stands for nothing is added to `problems`.
 */
export function restoreSecrets(
  value: unknown,
  before: unknown,
  problems: string[],
  at = '',
  place = '',
): unknown {
  if (Array.isArray(value)) {
    return value.map((one, index) => restoreSecrets(one, namesake(one, before), problems, `${at}${index}.`));
  }
  if (!isRecord(value)) return value;
  const older = isRecord(before) ? before : {};
  const uncovered = Object.entries(value).map(
    ([key, one]) => [key, uncover(key, one, own(older, key))] as const,
  );
  const known = own(older, 'url') === own(Object.fromEntries(uncovered), 'url') ? older : {};
  return Object.fromEntries(
    uncovered.map(([key, one]) => {
      const name = `${at}${key}`;
      if (!isSecret(key, one, place) || one !== HIDDEN) {
        if (isCovered(key, one))
          problems.push(`${name}: "${HIDDEN}" stands for what is known already, and nothing is.`);
        return [key, restoreSecrets(one, own(known, key), problems, `${name}.`, key)];
      }
      const secret = own(known, key);
      if (typeof secret !== 'string')
        problems.push(`${name}: "${HIDDEN}" stands for the secret known for the same address, and none is.`);
      return [key, secret];
    }),
  );
}

function isSecret(key: string, value: unknown, place: string): boolean {
  return typeof value === 'string' && (SECRET_KEY.test(key) || SECRET_PLACES.includes(place));
}

function isCoverable(key: string, value: unknown): value is string | readonly unknown[] {
  return (typeof value === 'string' && ADDRESS_KEY.test(key)) || (Array.isArray(value) && key === ARGUMENTS);
}

function covered(value: string | readonly unknown[]): unknown {
  if (typeof value !== 'string') return value.map(() => HIDDEN);
  if (!URL.canParse(value)) return HIDDEN;
  const { protocol, host, href } = new URL(value);
  const origin = `${protocol}//${host}`;
  return href === origin || href === `${origin}/` ? value : `${origin}/${HIDDEN}`;
}

/** What it stands for, where it was covered. */
function uncover(key: string, value: unknown, before: unknown): unknown {
  if (!isCovered(key, value) || !isCoverable(key, before)) return value;
  return JSON.stringify(covered(before)) === JSON.stringify(value) ? before : value;
}

function isCovered(key: string, value: unknown): boolean {
  if (!isCoverable(key, value)) return false;
  return typeof value === 'string' ? /^([^/]*\/\/[^/]*\/)?hidden$/.test(value) : value.includes(HIDDEN);
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function namesake(one: unknown, list: unknown): unknown {
  const name = nameOf(one);
  return name === null || !Array.isArray(list) ? undefined : list.find((other) => nameOf(other) === name);
}

/** `{ name: crm }`, or one level below, as tools have it: `{ webhook: { name: crm } }`. */
function nameOf(element: unknown): string | null {
  if (!isRecord(element)) return null;
  if (typeof element.name === 'string') return element.name;
  const [[kind, inner] = [], ...more] = Object.entries(element);
  if (kind === undefined || more.length > 0 || !isRecord(inner)) return null;
  return `${kind} ${typeof inner.name === 'string' ? inner.name : ''}`;
}
