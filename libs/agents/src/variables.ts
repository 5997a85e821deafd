import type { LegInfo } from '#libs/contracts';
import { VARIABLE_NAME } from './template.js';

/** Bounds on what a call may bring along, so that a stranger cannot make the agent's instructions long and dear. */
const MOST_VALUES = 200;
const LONGEST_VALUE = 1000;
const DEEPEST = 4;

/** Control, format (bidirectional marks, zero widths), surrogate, private and line-breaking characters. */
const NOT_TEXT = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/**
 * A value as it is put into a text: one line, of bounded length, and without double braces. What a stranger brings is thus one piece
 * of a sentence and cannot look like another paragraph of the instructions.
 */
export function inert(value: string): string {
  return [...value.slice(0, LONGEST_VALUE * 2).replace(NOT_TEXT, ' ')]
    .slice(0, LONGEST_VALUE)
    .join('')
    .replace(/\{{2,}|\}{2,}/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Adds what an object holds; objects and lists within are reached by dots. What is no value or too much is left out. */
export function addValues(into: Map<string, string>, from: object): void {
  let room = MOST_VALUES;
  const add = (prefix: string, object: object, depth: number): void => {
    for (const [key, value] of Object.entries(object)) {
      if (room <= 0) return;
      const name = `${prefix}${key}`;
      if (typeof value === 'object' && value !== null) {
        if (depth < DEEPEST && name.length <= 64) add(`${name}.`, value, depth + 1);
      } else if (VARIABLE_NAME.test(name) && isValue(value)) {
        into.set(name, inert(String(value)));
        room--;
      }
    }
  };
  add('', from, 1);
}

export const BUILT_IN = ['caller', 'called', 'date', 'time', 'platform', 'direction'] as const;

/** What every agent may ask for. Nothing that a call brings replaces it. */
export function addBuiltIns(
  into: Map<string, string>,
  info: LegInfo,
  at: { readonly nowMs: number; readonly timeZone: string; readonly language: string | null },
): void {
  const { timeZone } = at;
  const language = at.language ?? 'en';
  const values: Record<(typeof BUILT_IN)[number], string> = {
    caller: info.from ?? '',
    called: info.to ?? '',
    date: new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone }).format(at.nowMs),
    time: new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone }).format(at.nowMs),
    platform: info.platform,
    direction: info.direction,
  };
  for (const name of BUILT_IN) into.set(name, inert(values[name]));
}

function isValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
