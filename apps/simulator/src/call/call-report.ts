import type { Breach } from './breaches.js';
import type { Stretch } from './playback.js';

export type CallOutcome =
  | 'caller-hung-up'
  | 'agent-hung-up'
  | 'transferred'
  /** The call was turned away before any sound: HTTP status, `session.error`, `<Reject>`. */
  | 'refused'
  /** The connection broke and did not come back. */
  | 'lost'
  /** The simulator itself could not go on. */
  | 'failed';

/** One thing the caller said and what came of it. Times in milliseconds since the line was up. */
export interface TurnReport {
  readonly said: string;
  readonly startedMs: number | null;
  /** When the last audible frame left. */
  readonly stoppedMs: number | null;
  /** From there until the answer's first sound arrived, and until it was heard; null when there was no answer. */
  readonly answerArrivedAfterMs: number | null;
  readonly answerHeardAfterMs: number | null;
}

/** The platform was told to be silent while it was playing. */
export interface BargeInReport {
  readonly atMs: number;
  /** From the first audible frame of the caller until then; null if the caller was not speaking. */
  readonly afterCallerStartedMs: number | null;
  /** How much of the interrupted stretch had been heard: the true point of truncation. */
  readonly heardMs: number;
  readonly droppedMs: number;
}

export interface GapReport {
  readonly atMs: number;
  readonly durationMs: number;
}

export interface MarkReport {
  readonly name: string;
  /** Sound sent before the mark since the line was up. */
  readonly positionMs: number;
  readonly reachedMs: number;
  readonly how: 'played' | 'cleared' | 'empty';
  /** Sound heard since the line was up, when the mark was reached. */
  readonly playedMs: number;
}

export interface CallEvent {
  readonly atMs: number;
  readonly what: string;
}

export interface CallReport {
  readonly platform: 'twilio' | 'audiocodes';
  /** CallSid or conversationId. */
  readonly callId: string;
  readonly outcome: CallOutcome;
  /** In words: HTTP status, close code, reason. */
  readonly detail: string;
  /** No breach, and the call ended as it should. */
  readonly ok: boolean;
  /** `performance.now()` when the line was up; the zero of all other times. Null: it never was. */
  readonly lineUpAt: number | null;
  /** From placing the call until the line was up. */
  readonly connectMs: number | null;
  readonly durationMs: number;
  /** From the line being up until the agent was first heard. */
  readonly firstHeardMs: number | null;
  readonly turns: readonly TurnReport[];
  readonly bargeIns: readonly BargeInReport[];
  readonly agent: {
    readonly messages: number;
    readonly receivedMs: number;
    readonly playedMs: number;
    readonly droppedMs: number;
    readonly levelDbfs: number | null;
    readonly peakDbfs: number | null;
    readonly utterances: readonly {
      readonly startedMs: number;
      readonly endedMs: number;
      readonly arrivedMs: number;
    }[];
    readonly stretches: readonly Stretch[];
    /** The agent's sound ran out in the middle of an utterance. */
    readonly gaps: readonly GapReport[];
    readonly marks: readonly MarkReport[];
  };
  readonly caller: { readonly sentFrames: number; readonly lostFrames: number };
  readonly events: readonly CallEvent[];
  readonly breaches: readonly Breach[];
  /** What the platform itself said to the caller, in place of the agent. */
  readonly platformSaid: readonly string[];
  /** What the bot says that the caller said, on platforms where it tells. */
  readonly recognised: readonly string[];
  /** Worth knowing, no breach. */
  readonly notes: readonly string[];
  /** What the script expected and did not get. */
  readonly failures: readonly string[];
}
