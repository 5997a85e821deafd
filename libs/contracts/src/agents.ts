import type { AgentSettings, AiBackend, ToolBox } from './ai.js';
import type { LegInfo } from './platform.js';

/** Ends or questions a call that runs on. Null: no such limit. */
export interface AgentLimits {
  readonly maxDurationMs: number | null;
  /** By the backend's own accounts; without effect where the price of the model is not known. */
  readonly maxCostUsd: number | null;
  /** Silence on both sides after which the caller is asked whether he is still there. Comfort noise is silence. */
  readonly idleAfterMs: number | null;
  /** So often is he asked before he is let go. 0: never asked. */
  readonly idleQuestions: number;
}

export interface RecordingPolicy {
  /** Said at the beginning of the call, before the greeting; null: nothing is said. */
  readonly announcement: string | null;
  /** Also while the caller waits for the AI; otherwise from `call.connected` on. */
  readonly fromAnswer: boolean;
  /** Recordings are deleted after this time; null: never. */
  readonly keepForMs: number | null;
}

/** What is taken out of transcripts, logs, journals and webhooks before they are written. */
export const REDACTIONS = ['numbers', 'emails', 'spoken-digits', 'keys'] as const;
export type Redaction = (typeof REDACTIONS)[number];

/** Puts `[number]`, `[email]` … in place of what the rules name. */
export type Redact = (text: string, rules: readonly Redaction[]) => string;

export interface PrivacyPolicy {
  readonly redact: readonly Redaction[];
  /** Transcripts, journals and the record's parties are deleted after this time; null: never. */
  readonly keepForMs: number | null;
}

/** What happens to a call whose AI cannot be had or has broken down. In this order, as far as each is set. */
export interface AwayPlan {
  /** A WAV file (16-bit PCM, mono) that the caller hears; null: the one that ships with Patchbay. */
  readonly announcement: string | null;
  /** A number or SIP address that takes the caller, where the platform can transfer. */
  readonly transferTo: string | null;
  /** Goes on in turns of text on platforms that can (Twilio's `<Gather>`), where nothing takes the caller. */
  readonly turns: boolean;
}

/** What is said about a call's agent to those that watch the call. Plain data. */
export interface AgentCard {
  readonly name: string;
  /** Counts up with each change; a running call keeps the one it began with. */
  readonly version: number;
  /** Null: this agent's calls are not recorded. */
  readonly recording: RecordingPolicy | null;
  readonly privacy: PrivacyPolicy;
  /** The caller may be asked for keys that nobody shall keep, and may press them before he is. Absent: no. */
  readonly sensitiveKeys?: boolean;
}

/** One call's agent, chosen when the call is offered. That it may ask for sensitive keys its tools tell. */
export interface CallAgent extends Omit<AgentCard, 'sensitiveKeys'> {
  readonly backend: AiBackend;
  /** Asked in this order when `backend` cannot be had; each takes the formats that were agreed for the first. */
  readonly otherBackends: readonly AiBackend[];
  readonly limits: AgentLimits;
  readonly away: AwayPlan;
  /** Asked of a caller who is silent, and said when he is let go. Said by the agent where it can. */
  readonly idleQuestion: string;
  readonly idleGoodbye: string;
  readonly tools: ToolBox;
  /**
   * What this call's agent is told and says first: `{{variables}}` filled in, the look-up webhook asked. Never rejects: what cannot be
   * had is left empty and told in the log. `info` as it is known now.
   */
  brief(info: LegInfo, callId: string, signal: AbortSignal): Promise<AgentSettings>;
}

/** Knows the agents and which of them answers a call. */
export interface AgentDirectory {
  /** Throws GatewayError AGENT_UNKNOWN when the call asks for an agent by name that is not there. Never waits. */
  choose(info: LegInfo): CallAgent;
}
