import type {
  CallRecord,
  EndReason,
  JournalEntry,
  Kept,
  RecordingInfo,
  TranscriptItem,
} from '#libs/contracts';
import type { CallTable, JournalTable, TranscriptItemTable } from './schema.js';

/** Something to be kept, as it lies in its table. */
export type Row =
  | { readonly table: 'calls'; readonly row: CallTable }
  | { readonly table: 'transcript_items'; readonly row: TranscriptItemTable }
  | { readonly table: 'journal'; readonly row: JournalTable };

/** Postgres has no text with this character in it. */
const NUL = /\0/g;

/** `seat`: null where it is not known in which folder of data the writer works. */
export function rowOf(kept: Kept, instanceId: string, revision: number, seat: string | null = null): Row {
  switch (kept.kind) {
    case 'call':
      return { table: 'calls', row: { ...callRow(kept.call, instanceId, revision), seat } };
    case 'line':
      return { table: 'transcript_items', row: itemRow(kept.line, revision) };
    case 'event':
      return { table: 'journal', row: entryRow(kept.entry) };
  }
}

const COLUMNS: { readonly [T in Row['table']]: readonly (keyof Extract<Row, { table: T }>['row'])[] } = {
  calls: [
    'call_id',
    'instance_id',
    'revision',
    'platform',
    'platform_call_id',
    'direction',
    'from_party',
    'to_party',
    'agent',
    'agent_version',
    'backend',
    'order_id',
    'started_at',
    'connected_at',
    'ended_at',
    'end_reason',
    'end_owner',
    'end_code',
    'turn_latency_ms',
    'score',
    'cost_usd',
    'figures',
    'quality',
    'tools',
    'recording',
    'forget_at',
    'recording_due_at',
    'forgotten_at',
    'recording_unwanted_at',
    'seat',
  ],
  transcript_items: [
    'call_id',
    'item_id',
    'revision',
    'speaker',
    'at_ms',
    'end_ms',
    'said',
    'heard',
    'heard_ms',
    'sent_ms',
    'search',
  ],
  journal: ['call_id', 'seq', 'at_ms', 'type', 'data'],
};

/**
 * A row that was written as JSON, by this version or another one: columns that are not known here are left out. Null: it is none. What
 * passes here is refused by the database at worst, and never taken for a database that is away.
 */
export function rowFrom(json: string): Row | null {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return null;
  }
  const { table, row } = (read ?? {}) as { table?: unknown; row?: unknown };
  if (typeof table !== 'string' || !Object.hasOwn(COLUMNS, table)) return null;
  if (typeof row !== 'object' || row === null) return null;
  const values = COLUMNS[table as Row['table']].map((name) => [
    name,
    (row as Record<string, unknown>)[name] ?? null,
  ]);
  const isFlat = values.every(
    ([, one]) => one === null || typeof one === 'string' || typeof one === 'number',
  );
  return isFlat ? ({ table, row: Object.fromEntries(values) } as Row) : null;
}

/** Characters of it, which is about what it takes to keep it. */
export function sizeOf({ row }: Row): number {
  let size = 0;
  for (const value of Object.values(row)) size += typeof value === 'string' ? value.length : 8;
  return size;
}

export function searched(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function callRow(call: CallRecord, instanceId: string, revision: number): Omit<CallTable, 'seat'> {
  const scores = Object.values(call.quality ?? {}).flatMap((sample) => sample?.score ?? []);
  return {
    call_id: text(call.callId),
    instance_id: instanceId,
    revision,
    platform: call.platform,
    platform_call_id: text(call.platformCallId),
    direction: call.direction,
    from_party: textOrNull(call.from),
    to_party: textOrNull(call.to),
    agent: text(call.agent),
    agent_version: call.agentVersion,
    backend: call.backend,
    order_id: textOrNull(call.orderId),
    started_at: Math.round(call.startedAt),
    connected_at: whole(call.connectedAt),
    ended_at: whole(call.endedAt),
    end_reason: call.endReason,
    end_owner: call.endOwner,
    end_code: textOrNull(call.endCode),
    turn_latency_ms: call.figures?.turnLatency?.meanMs ?? null,
    score: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
    cost_usd: call.costUsd,
    figures: json(call.figures),
    quality: json(call.quality),
    tools: JSON.stringify(call.tools),
    recording: json(call.recording),
    forget_at: whole(call.forgetAt),
    recording_due_at: whole(call.recordingDueAt),
    forgotten_at: null,
    recording_unwanted_at: null,
  };
}

export function callOf(row: CallTable): CallRecord {
  return {
    callId: row.call_id,
    platform: row.platform,
    platformCallId: row.platform_call_id,
    direction: row.direction,
    from: row.from_party,
    to: row.to_party,
    agent: row.agent,
    agentVersion: row.agent_version,
    backend: row.backend,
    orderId: row.order_id,
    startedAt: row.started_at,
    connectedAt: row.connected_at,
    endedAt: row.ended_at,
    endReason: row.end_reason as EndReason | null,
    endOwner: row.end_owner as CallRecord['endOwner'],
    endCode: row.end_code,
    figures: parsed(row.figures),
    quality: parsed(row.quality),
    tools: JSON.parse(row.tools) as CallRecord['tools'],
    recording: parsed(row.recording),
    costUsd: row.cost_usd,
    forgetAt: row.forget_at,
    recordingDueAt: row.recording_due_at,
  };
}

/** `recording` as it lies in its column. */
export function isDeleted(recording: string | null): boolean {
  return parsed<RecordingInfo>(recording)?.state === 'deleted';
}

function itemRow(line: TranscriptItem, revision: number): TranscriptItemTable {
  return {
    call_id: text(line.callId),
    item_id: text(line.itemId),
    revision,
    speaker: line.speaker,
    at_ms: line.atMs,
    end_ms: line.endMs,
    said: text(line.said),
    heard: text(line.heard),
    heard_ms: line.heardMs,
    sent_ms: line.sentMs,
    search: searched(text(line.said)),
  };
}

export function itemOf(row: TranscriptItemTable): TranscriptItem {
  return {
    callId: row.call_id,
    itemId: row.item_id,
    speaker: row.speaker,
    atMs: row.at_ms,
    endMs: row.end_ms,
    said: row.said,
    heard: row.heard,
    heardMs: row.heard_ms,
    sentMs: row.sent_ms,
  };
}

function entryRow(entry: JournalEntry): JournalTable {
  return {
    call_id: text(entry.callId),
    seq: entry.seq,
    at_ms: entry.atMs,
    type: entry.type,
    data: JSON.stringify(entry.data),
  };
}

export function entryOf(row: JournalTable): JournalEntry {
  return {
    callId: row.call_id,
    seq: row.seq,
    atMs: row.at_ms,
    type: row.type,
    data: JSON.parse(row.data) as object,
  };
}

/** Text as it is kept. */
export function text(value: string): string {
  return value.replace(NUL, '');
}

function textOrNull(value: string | null): string | null {
  return value === null ? null : text(value);
}

function whole(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value);
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function parsed<T>(value: string | null): T | null {
  return value === null ? null : (JSON.parse(value) as T);
}
