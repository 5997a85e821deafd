import type { CallRecord, JournalEntry, TranscriptItem } from '#libs/contracts';
import { type Api, ApiError, callPath } from './api.js';
import type { CallEvent } from './protocol.js';

/** Everything that was kept of one call. */
export interface StoredCall {
  readonly record: CallRecord;
  readonly lines: readonly TranscriptItem[];
  readonly events: readonly CallEvent[];
  /** There are more events than are shown. */
  readonly hasMoreEvents: boolean;
}

interface Events {
  readonly items: readonly Pick<JournalEntry, 'seq' | 'atMs' | 'type' | 'data'>[];
  readonly nextAfterSeq: number | null;
}

const MOST_EVENTS = 1000;

/** Told in a better form by the transcript and the figures. */
const NOT_LISTED: ReadonlySet<string> = new Set([
  'transcript.final',
  'transcript.heard',
  'agent.audio.arrived',
  'agent.audio.started',
  'agent.audio.heard',
  'agent.item.heard',
  'agent.item.unheard',
  'backend.used',
]);

/** Rejects with an `ApiError`; 404: nothing is kept of this call. */
export async function loadStoredCall(api: Api, callId: string, signal: AbortSignal): Promise<StoredCall> {
  // First of all whether there is anything.
  const record = await api.get<CallRecord>(callPath(callId), {}, signal);
  const [transcript, events] = await Promise.all([
    api.get<{ items: readonly TranscriptItem[] }>(
      callPath(callId, '/transcript'),
      { format: 'json' },
      signal,
    ),
    api.get<Events>(callPath(callId, '/events'), { limit: MOST_EVENTS }, signal),
  ]);
  return {
    record,
    lines: transcript.items,
    events: events.items.map(({ type, atMs, data }) => ({
      type,
      atMs,
      data: data as Readonly<Record<string, unknown>>,
    })),
    hasMoreEvents: events.nextAfterSeq !== null,
  };
}

export function listedEvents(events: readonly CallEvent[]): readonly CallEvent[] {
  return events.filter(({ type }) => !NOT_LISTED.has(type));
}

/**
 * Where the recording's first sample lies on the call's own clock, in milliseconds: it begins with the open line or with the AI, and is
 * told a moment later.
 */
export function recordingBeganMs(events: readonly CallEvent[]): number {
  const index = events.findIndex(({ type }) => type === 'recording.started');
  if (index < 0) return events.find(({ type }) => type === 'call.connected')?.atMs ?? 0;
  const begun = events
    .slice(0, index)
    .findLast(({ type }) => type === 'call.connected' || type === 'call.answered');
  return (begun ?? events[index])?.atMs ?? 0;
}

/** What of a line was heard, and what was said behind it that nobody heard. */
export function heardAndUnheard({ said, heard }: TranscriptItem): { heard: string; unheard: string } {
  if (!said.startsWith(heard)) return { heard, unheard: '' };
  return { heard, unheard: said.slice(heard.length) };
}

/** The line that is being said at this moment of the call, or was the last; null before the first. */
export function lineAt(lines: readonly TranscriptItem[], atMs: number): TranscriptItem | null {
  return lines.findLast((line) => line.atMs <= atMs) ?? null;
}

export function isUnknown(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
