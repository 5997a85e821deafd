import type { CallState } from '#libs/contracts';

/** How figures are said to people. */

export interface QualityWords {
  readonly rank: 'good' | 'fair' | 'poor' | 'unknown';
  readonly word: string;
}

/** The score follows the rating of the E-model, whose users are satisfied from 80 and dissatisfied below 60 (ITU-T G.109). */
export function qualityOf(score: number | null): QualityWords {
  if (score === null) return { rank: 'unknown', word: 'Not measured' };
  if (score >= 80) return { rank: 'good', word: 'Good' };
  return score >= 60 ? { rank: 'fair', word: 'Fair' } : { rank: 'poor', word: 'Poor' };
}

const STATES: Readonly<Record<CallState, string>> = {
  offered: 'Ringing',
  connecting: 'Connecting',
  active: 'Talking',
  suspended: 'Line lost',
  ending: 'Ending',
  ended: 'Ended',
};

export function stateWord(state: CallState): string {
  return STATES[state] ?? state;
}

export const PLATFORMS: Readonly<Record<string, string>> = {
  twilio: 'Twilio',
  audiocodes: 'AudioCodes',
  browser: 'Browser',
  loopback: 'Loopback',
};

export function platformWord(platform: string): string {
  return PLATFORMS[platform] ?? platform;
}

const BACKENDS: Readonly<Record<string, string>> = { 'openai-realtime': 'OpenAI Realtime', echo: 'Echo' };

export function backendWord(backend: string): string {
  return BACKENDS[backend] ?? backend;
}

/** In place of a transcript that has no lines. */
export function noLinesWords(backend: string, isOver: boolean): string {
  if (backend === 'echo') return ECHO_WORDS;
  return isOver ? 'Nothing was said.' : 'Nothing has been said yet.';
}

/** Whoever waits for an answer hears his own words. */
export const ECHO_WORDS =
  'The echo agent repeats what it hears, and writes no transcript. Set OPENAI_API_KEY for an AI that answers.';

/** `caller-hung-up` → `Caller hung up`. */
export function plainWords(name: string): string {
  const words = name.replaceAll(/[-_.]/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `1:05`, `1:02:03`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** `640 ms`, `1.2 s`. */
export function span(ms: number | null): string {
  if (ms === null) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function money(usd: number | null): string {
  if (usd === null) return '–';
  if (usd === 0) return '$0.00';
  return usd < 0.995 ? `$${usd.toFixed(usd < 0.0995 ? 4 : 3)}` : `$${usd.toFixed(2)}`;
}

export function figure(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

/** The caller as people know them; numbers and names are shown as they came. */
export function nameOf(from: string | null): string {
  return from === null || from === '' ? 'Unknown caller' : from;
}
