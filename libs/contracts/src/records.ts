import type { Track } from './audio.js';
import type { ConversationFigures } from './conversation.js';
import type { EndReason } from './platform.js';
import type { QualitySample } from './quality.js';

/** What is kept of a call. Times are milliseconds since 1970 where they end in `At`, of the call where they end in `Ms`. */
export interface CallRecord {
  readonly callId: string;
  readonly platform: string;
  readonly platformCallId: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string | null;
  readonly to: string | null;
  readonly agent: string;
  readonly agentVersion: number;
  readonly backend: string;
  readonly orderId: string | null;
  readonly startedAt: number;
  readonly connectedAt: number | null;
  /** Null while the call runs, and when the gateway died under it until the next start finds it. */
  readonly endedAt: number | null;
  readonly endReason: EndReason | null;
  /** Which side ended it. */
  readonly endOwner: EndOwner | null;
  readonly endCode: string | null;
  readonly figures: ConversationFigures | null;
  readonly quality: Readonly<Record<Track, QualitySample | null>> | null;
  readonly tools: readonly ToolUse[];
  readonly recording: RecordingInfo | null;
  readonly costUsd: number | null;
  /** From then on transcript, journal and parties are to be deleted; null or absent: never. Counts from the end of the call. */
  readonly forgetAt?: number | null;
  /** From then on the recording is to be deleted; null or absent: never. */
  readonly recordingDueAt?: number | null;
}

export const END_OWNERS = ['caller', 'agent', 'operator', 'platform', 'backend', 'gateway'] as const;
export type EndOwner = (typeof END_OWNERS)[number];

export interface ToolUse {
  readonly name: string;
  readonly failed: boolean;
  readonly tookMs: number;
}

export interface RecordingInfo {
  readonly state: 'running' | 'saved' | 'failed' | 'deleted';
  readonly sampleRate: number;
  readonly durationMs: number;
  readonly bytes: number;
}

/** One utterance. */
export interface TranscriptItem {
  readonly callId: string;
  readonly itemId: string;
  readonly speaker: 'caller' | 'agent' | 'operator';
  /** When it began, on the call's own clock: since `startedAt`. */
  readonly atMs: number;
  readonly endMs: number | null;
  /** All words that were said. */
  readonly said: string;
  /** The words of them that were heard, by the share of the sound; equal to `said` where all was heard. */
  readonly heard: string;
  readonly heardMs: number | null;
  readonly sentMs: number | null;
}

/** One event as it was published; nothing of sound. */
export interface JournalEntry {
  readonly callId: string;
  readonly seq: number;
  readonly atMs: number;
  readonly type: string;
  readonly data: object;
}

export type Kept =
  | { readonly kind: 'call'; readonly call: CallRecord }
  | { readonly kind: 'line'; readonly line: TranscriptItem }
  | { readonly kind: 'event'; readonly entry: JournalEntry };

/** Takes what is to be kept, already redacted. A later call or line of the same id replaces the earlier. Never waits, never throws. */
export interface RecordSink {
  put(kept: Kept): void;
}

/** Filters are joined by "and". */
export interface CallQuery {
  readonly platform?: string;
  readonly agent?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly endReason?: EndReason;
  /** Number of the caller or callee, exactly. */
  readonly party?: string;
  /** Words in the transcript. */
  readonly text?: string;
  /** `startedAt` from, and before. */
  readonly fromAt?: number;
  readonly beforeAt?: number;
  readonly running?: boolean;
  /** 1 … 200. */
  readonly limit?: number;
  /** As a page gave it. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null: this was the last page. */
  readonly nextCursor: string | null;
}

/** Counts of a span of time, for a dashboard. */
export interface CallNumbers {
  readonly calls: number;
  readonly running: number;
  readonly byEndReason: Readonly<Record<string, number>>;
  readonly byAgent: Readonly<Record<string, number>>;
  readonly meanDurationMs: number | null;
  readonly meanTurnLatencyMs: number | null;
  readonly meanScore: number | null;
  readonly costUsd: number;
}

/** What was kept. Inject with the token `CALL_ARCHIVE`. Every method rejects with GatewayError STORE_AWAY while the database is away. */
export interface CallArchive {
  find(callId: string): Promise<CallRecord | null>;
  /** Newest first. Throws GatewayError STORE_BAD_CURSOR. */
  list(query: CallQuery): Promise<Page<CallRecord>>;
  transcript(callId: string): Promise<readonly TranscriptItem[]>;
  /** In order, `afterSeq` excluded. */
  journal(callId: string, afterSeq: number, limit: number): Promise<readonly JournalEntry[]>;
  numbers(fromAt: number, beforeAt: number): Promise<CallNumbers>;
  /** Forgets who a number belongs to: transcripts, journals, parties of its calls. Returns the ids of the calls. */
  eraseParty(party: string): Promise<readonly string[]>;
}

/** Sound of calls. Inject with the token `RECORDINGS`. */
export interface Recordings {
  /** Null: there is none. `range` in bytes, both ends included. */
  open(
    callId: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<OpenRecording | null>;
  size(callId: string): Promise<number | null>;
  /** False: there was none. */
  remove(callId: string): Promise<boolean>;
  /** It is being made here, or finished: what there is of it cannot be removed yet. */
  isRunning(callId: string): boolean;
  /** Of a running call; false: it is not being recorded. What is said meanwhile is silence in the recording. */
  pause(callId: string, by: string): boolean;
  resume(callId: string, by: string): boolean;
  /** Told of each recording that a gateway left when it died and that was made whole afterwards; also of those found before. */
  onRecovered?(listener: (found: RecoveredRecording) => void): void;
}

export interface RecoveredRecording extends RecordingInfo {
  readonly callId: string;
}

export interface OpenRecording {
  /** Of `body`. */
  readonly bytes: number;
  readonly body: AsyncIterable<Uint8Array>;
}
