import type { CallState, OperatorRole } from '#libs/contracts';

/** What `WS /monitor` says and is told; libs/observers/live-monitor/README.md describes each message. */

export type Speaker = 'caller' | 'agent';

/** The names of the two sounds in `audio.subscribe`. */
export type AudioSpeaker = 'AI' | 'Caller';

export interface CallSummary {
  readonly callId: string;
  readonly platformCallId: string;
  readonly platform: string;
  readonly backend: string;
  readonly direction: 'inbound' | 'outbound';
  readonly from: string | null;
  readonly to: string | null;
  readonly state: CallState;
  /** Milliseconds since 1970, by the gateway's clock. */
  readonly startedAt: number;
  readonly connectedAfterMs: number | null;
  readonly endedAfterMs: number | null;
  readonly reason: string | null;
  /** 0 ... 100. */
  readonly score: number | null;
  readonly muted: boolean;
  readonly takenOver: boolean;
  readonly listeners: number;
  readonly costUsd: number | null;
}

/** One utterance in the transcript. `heardText` is what was heard of it before it was cut off. */
export interface Line {
  readonly itemId: string;
  readonly speaker: Speaker;
  readonly text: string;
  readonly final: boolean;
  readonly atMs: number;
  readonly heardText: string | null;
  readonly cut: boolean;
}

/** Somebody spoke from here to there; null: still speaking. Milliseconds since the call was offered. */
export interface Stretch {
  readonly speaker: Speaker;
  readonly fromMs: number;
  readonly toMs: number | null;
}

export interface Sample {
  readonly track: Speaker;
  readonly atMs: number;
  readonly levelDbov: number | null;
  readonly snrDb: number | null;
  readonly clippingPercent: number | null;
  readonly jitterMs: number | null;
  readonly score: number | null;
}

/** Something that happened in a call: an event of the contracts, or `transcript.heard`. */
export interface CallEvent {
  readonly type: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything known about a call when one begins to watch it. */
export interface CallSnapshot {
  readonly summary: CallSummary;
  readonly transcript: readonly Line[];
  readonly speech: readonly Stretch[];
  readonly samples: readonly Sample[];
  readonly events: readonly CallEvent[];
}

/** Call, caller's level, agent's level (dBov), score. */
export type LevelRow = readonly [
  callId: string,
  callerDbov: number | null,
  agentDbov: number | null,
  score: number | null,
];

export interface OperatorIdentity {
  readonly name: string;
  readonly role: OperatorRole;
}

export interface MonitorMessage {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly id?: string;
}

const RANKS: Readonly<Record<OperatorRole, number>> = { viewer: 0, operator: 1, admin: 2 };

export function mayStepIn(role: OperatorRole): boolean {
  return RANKS[role] >= RANKS.operator;
}

/** Null for what is no message of the monitor. */
export function readMessage(text: string): MonitorMessage | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { event, data, id } = parsed as { event?: unknown; data?: unknown; id?: unknown };
  if (typeof event !== 'string') return null;
  const fields = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
  return typeof id === 'string' ? { event, data: fields, id } : { event, data: fields };
}
