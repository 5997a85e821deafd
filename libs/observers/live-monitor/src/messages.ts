import type { CallState, EndReason, EventType, SpokenLine, Track } from '#libs/contracts';

/** One call in the list. Times of day in milliseconds since 1970; spans in milliseconds since the offer. */
export interface CallSummary {
  readonly callId: string;
  readonly platformCallId: string;
  readonly platform: string;
  /** Who answers, in the version with which the call began. */
  readonly agent: { readonly name: string; readonly version: number };
  readonly backend: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string | null;
  readonly to: string | null;
  readonly state: CallState;
  readonly startedAt: number;
  readonly connectedAfterMs: number | null;
  readonly endedAfterMs: number | null;
  readonly reason: EndReason | null;
  /** Of the worse track, over the whole call; 0 ... 100. */
  readonly score: number | null;
  readonly muted: boolean;
  readonly takenOver: boolean;
  /** Viewers who listen. */
  readonly listeners: number;
  /** Null where no backend told. */
  readonly costUsd: number | null;
}

/** A line of the transcript. */
export type Line = SpokenLine;

/** `toMs` is null while it lasts. */
export interface Stretch {
  readonly speaker: 'caller' | 'agent';
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** A second of sound of one track; null where a figure cannot be had. */
export interface Sample {
  readonly track: Track;
  readonly atMs: number;
  readonly levelDbov: number | null;
  readonly snrDb: number | null;
  readonly clippingPercent: number | null;
  readonly jitterMs: number | null;
  readonly score: number | null;
}

/**
 * An event of the call as the contracts have it. Where one stands for a long run of its kind, `count` says of how many, `data`
 * is that of the newest, `atMs` and `lastAtMs` are when the first and the last of them happened.
 */
export interface CallEvent {
  readonly type: EventType | 'transcript.heard';
  readonly atMs: number;
  readonly data: object;
  readonly count?: number;
  readonly lastAtMs?: number;
}

/** Everything known of a call so far. */
export interface CallStory {
  readonly summary: CallSummary;
  readonly transcript: readonly Line[];
  readonly speech: readonly Stretch[];
  readonly samples: readonly Sample[];
  readonly events: readonly CallEvent[];
}

export type Speaker = 'AI' | 'Caller';

export const SPEAKERS: readonly Speaker[] = ['AI', 'Caller'];

export type SoundForm = 'binary' | 'json';

/** Why a viewer hears no more of a call. */
export type ListeningEnd = 'unsubscribed' | 'call-ended';

/** What a sender gave its message, so that it knows the answer. */
export type MessageId = string | number | undefined;
