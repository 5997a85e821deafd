import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import {
  loadSpeech,
  type ShippedSpeech,
  type Speech,
  shippedSpeech,
  shippedSpeechPath,
} from '../call/speech.js';

/** Readers of option values. Each throws commander's InvalidArgumentError. */

export function number(text: string): number {
  const value = signed(text);
  if (value < 0) throw new InvalidArgumentError('Not a number.');
  return value;
}

/** May be negative, as decibels are. */
export function signed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Not a number.');
  return value;
}

/** `AT:DURATION`, both in milliseconds. */
export function span(text: string): { readonly atMs: number; readonly durationMs: number } {
  const [at, duration, ...rest] = text.split(':');
  if (duration === undefined || rest.length > 0)
    throw new InvalidArgumentError('Give AT:DURATION in milliseconds.');
  return { atMs: number(at!), durationMs: number(duration) };
}

/** `A:B`, of which B may be missing. */
export function parts<A, B>(
  text: string,
  first: (text: string) => A,
  second: (text: string) => B,
): readonly [A, B | undefined] {
  const at = text.indexOf(':');
  return at < 0 ? [first(text), undefined] : [first(text.slice(0, at)), second(text.slice(at + 1))];
}

/** A WAV file, or the name of speech that is shipped. */
export function speech(text: string): Speech {
  if (/^[a-z-]+$/.test(text) && existsSync(shippedSpeechPath(text as ShippedSpeech))) {
    return shippedSpeech(text as ShippedSpeech);
  }
  try {
    return loadSpeech(text);
  } catch (thrown) {
    throw new InvalidArgumentError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** `NAME=VALUE`, collected. */
export function pair(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function oneOf<T extends string>(...values: readonly T[]): (text: string) => T {
  return (text) => {
    if (!values.includes(text as T)) throw new InvalidArgumentError(`One of ${values.join(', ')}.`);
    return text as T;
  };
}
