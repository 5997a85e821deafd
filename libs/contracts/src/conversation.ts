import type { TokenKind } from './ai.js';
import type { Track } from './audio.js';

/**
 * One turn of the caller and the agent's answer to it, in milliseconds. Null where one of an interval's two events did not
 * happen. What each interval lies between: libs/observers/conversation/README.md.
 */
export interface TurnFigures {
  /** The caller stopped speaking until the answer's first sound left for the platform. The sum of the next three. */
  readonly turnLatencyMs: number | null;
  /** The caller stopped speaking until the answer was heard. */
  readonly heardLatencyMs: number | null;
  /** Until the backend closed the turn. */
  readonly endOfTurnMs: number | null;
  /** From there until the first sound of the answer reached the gateway; functions that the model called are included. */
  readonly modelMs: number | null;
  /** From there until it left. */
  readonly gatewayMs: number | null;
}

/** How an interval was distributed over one call, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

/** A call's conversation as a whole. Null where a figure cannot be had, never a guess. */
export interface ConversationFigures {
  /** From the line being open until the agent's first sound left, and until it was heard. */
  readonly firstAudioMs: number | null;
  readonly firstHeardMs: number | null;
  /** Turns of the caller that the agent owed an answer to. */
  readonly turns: number;
  /** Those of them whose answer was heard. */
  readonly answeredTurns: number;
  readonly turnLatency: Spread | null;
  readonly heardLatency: Spread | null;
  readonly endOfTurn: Spread | null;
  readonly model: Spread | null;
  readonly gateway: Spread | null;
  /** The caller's voice silenced the agent so often. */
  readonly interruptions: number;
  /** Those after which the caller said nothing; null while it is not known whether the backend writes down what callers say. */
  readonly falseInterruptions: number | null;
  /** Speech was seen until the platform was told to be silent. */
  readonly bargeInStop: Spread | null;
  /** The caller really began until then: what the backend took to be sure is included. */
  readonly bargeInReaction: Spread | null;
  /** The caller waited in silence while the agent owed speech. */
  readonly silenceOwedMs: number;
  /** Caller and agent were heard at the same time. */
  readonly talkOverMs: number;
  /** How long the gateway held sound of each track, sampled once a second. */
  readonly addedLatency: Readonly<Record<Track, Spread | null>>;
  /** How far the clock's guess of what was heard was off, where marks told, whatever the direction. */
  readonly truncationError: Spread | null;
  readonly tokens: Readonly<Partial<Record<TokenKind, number>>>;
  /** Null when a part of the use has no known price. */
  readonly costUsd: number | null;
}
