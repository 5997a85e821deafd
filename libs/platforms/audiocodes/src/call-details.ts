import type { LegListener } from '#libs/contracts';
import { textOf } from './audiocodes.messages.js';

type Details = Parameters<LegListener['onDetails']>[0];

const MAX_PARAMETERS = 64;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 1024;

/**
 * What the `start` event tells about the call. Whatever the administrator configured, values of SIP headers for instance,
 * stands among its parameters under its own name; all of them are handed on as text.
 */
export function detailsOfStart(parameters: Readonly<Record<string, unknown>>): Details {
  const from = textOf(parameters.caller);
  const to = textOf(parameters.callee);
  return {
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
    parameters: boundedTexts(Object.entries(parameters)),
  };
}

/** Null for what no text can be made of: nesting may be deeper than the serialiser bears. */
function asText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? null;
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

/** Names and values as text, cut to a length, and not more than a call should carry. */
export function boundedTexts(entries: Iterable<readonly [string, unknown]>): Record<string, string> {
  const kept: [string, string][] = [];
  for (const [name, value] of entries) {
    if (kept.length === MAX_PARAMETERS) break;
    if (value === undefined || value === null || name.length > MAX_NAME_LENGTH) continue;
    const text = asText(value);
    if (text !== null) kept.push([name, text.slice(0, MAX_VALUE_LENGTH)]);
  }
  return Object.fromEntries(kept);
}
