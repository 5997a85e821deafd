import type { CallTable } from './call-list.js';
import type { CallSummary } from './protocol.js';
import { qualityOf } from './words.js';

export interface CallFilter {
  /** Looked for in names, numbers, ids and reasons. */
  readonly text: string;
  readonly platform: string | null;
  readonly quality: 'good' | 'fair' | 'poor' | null;
}

export const NO_FILTER: CallFilter = { text: '', platform: null, quality: null };

export function matches(call: CallSummary, { text, platform, quality }: CallFilter): boolean {
  if (platform !== null && call.platform !== platform) return false;
  if (quality !== null && qualityOf(call.score).rank !== quality) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { from, to, callId, platformCallId, agent, backend, reason } = call;
  const searched = [from, to, callId, platformCallId, call.platform, agent.name, backend, reason]
    .join(' ')
    .toLowerCase();
  return words.every((word) => searched.includes(word));
}

/** Running calls, longest first, and ended ones, newest first. */
export function sorted(calls: CallTable, filter: CallFilter): { live: CallSummary[]; ended: CallSummary[] } {
  const live: CallSummary[] = [];
  const ended: CallSummary[] = [];
  for (const call of calls.values()) {
    if (matches(call, filter)) (call.state === 'ended' ? ended : live).push(call);
  }
  live.sort((a, b) => a.startedAt - b.startedAt || (a.callId < b.callId ? -1 : 1));
  ended.sort((a, b) => endedAt(b) - endedAt(a));
  return { live, ended };
}

function endedAt(call: CallSummary): number {
  return call.startedAt + (call.endedAfterMs ?? 0);
}

export function platformsOf(calls: CallTable): string[] {
  return [...new Set([...calls.values()].map(({ platform }) => platform))].sort();
}
