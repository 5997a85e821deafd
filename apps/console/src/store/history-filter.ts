import type { CallQuery, EndReason } from '#libs/contracts';
import type { Query } from './api.js';

/** What is looked for among the stored calls, as it stands in the fields; empty: any. */
export interface HistoryFilter {
  /** Words that were said. */
  readonly text: string;
  /** Number of the caller or callee. */
  readonly party: string;
  readonly platform: string;
  readonly agent: string;
  readonly direction: '' | 'inbound' | 'outbound';
  readonly endReason: '' | EndReason;
  /** `2026-01-31`, by the clock of this browser. */
  readonly day: string;
}

export const ANY_CALL: HistoryFilter = {
  text: '',
  party: '',
  platform: '',
  agent: '',
  direction: '',
  endReason: '',
  day: '',
};

export function isAnyCall(filter: HistoryFilter): boolean {
  return Object.values(filter).every((value) => value.trim() === '');
}

/** As `GET /api/calls` takes it. */
export function queryOf({ day, party, ...plain }: HistoryFilter): Query {
  const query: Record<keyof CallQuery | string, string | number> = {};
  for (const [name, value] of Object.entries(plain)) if (value.trim() !== '') query[name] = value.trim();
  const number = numberOf(party);
  if (number !== '') query.party = number;
  const midnight = midnightOf(day);
  if (midnight === null) return query;
  const nextDay = new Date(midnight);
  // Not 24 hours on: twice a year a day is longer or shorter.
  nextDay.setDate(nextDay.getDate() + 1);
  return { ...query, fromAt: midnight.getTime(), beforeAt: nextDay.getTime() };
}

/** Numbers are kept without what people write between the digits; addresses are kept as they are. */
function numberOf(party: string): string {
  const trimmed = party.trim();
  return /^\+?[\d\s().\-/]+$/.test(trimmed) ? trimmed.replaceAll(/[^\d+]/g, '') : trimmed;
}

function midnightOf(day: string): Date | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null;
  const midnight = new Date(`${day}T00:00:00`);
  return Number.isNaN(midnight.getTime()) ? null : midnight;
}
