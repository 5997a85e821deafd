import type { OperatorRole } from '#libs/contracts';
import type { Line, CallEvent as ToldEvent, CallStory as ToldStory } from '#libs/observers/live-monitor';

/** What `WS /monitor` says and is told; libs/observers/live-monitor/README.md describes each message. */

export type {
  CallSummary,
  Line,
  Sample,
  /** The names of the two sounds in `audio.subscribe`. */
  Speaker as AudioSpeaker,
  Stretch,
} from '#libs/observers/live-monitor';

export type Speaker = 'caller' | 'agent';

/** Something that happened in a call. The gateway may be newer than the page, so types that it does not know are borne. */
export interface CallEvent extends Omit<ToldEvent, 'type' | 'data'> {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** With words: the line as it now stands, and where it belongs. */
  readonly line?: Line;
}

/** Everything known about a call when one begins to watch it. */
export interface CallSnapshot extends Omit<ToldStory, 'events'> {
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

export function isAdmin(role: OperatorRole): boolean {
  return RANKS[role] >= RANKS.admin;
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
