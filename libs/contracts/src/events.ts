import type { AiUsage, ResponseStatus } from './ai.js';
import type { AudioFormat, AudioTap, DropReason, Track, TrackStats } from './audio.js';
import type { ConversationFigures, TurnFigures } from './conversation.js';
import type { Callee, DialOutcome, DialState } from './dial.js';
import type { EndReason } from './platform.js';
import type { QualityKind, QualitySample } from './quality.js';

/**
 * Everything that can happen, in the past tense. A closed, typed map: a misspelt name does not compile. No sound in it.
 * Words, digits and numbers of people stand in the fields `text`, `digit`, `digits`, `to`, `arguments` and `output`.
 */
export interface GatewayEvents {
  'call.offered': {
    platform: string;
    backend: string;
    direction: 'inbound' | 'outbound';
    agent: string;
    agentVersion: number;
  };
  /** The line is open: from now on the caller hears what is sent, or silence. The AI may still be on its way. Once. */
  'call.answered': { setupMs: number };
  /** Both sides are there and the caller can hear. */
  'call.connected': {
    platform: string;
    backend: string;
    callerFormat: AudioFormat;
    agentFormat: AudioFormat;
    aiCallerFormat: AudioFormat;
    aiAgentFormat: AudioFormat;
    setupMs: number;
  };
  'call.suspended': { code: string };
  'call.resumed': { afterMs: number };
  'call.ended': { reason: EndReason; code: string | null; durationMs: number };

  /**
   * The backend saw the caller begin, and stop. Seen: the stamp. `startedMs`, `stoppedMs`: when it really was, on the same
   * clock; sound counts from when it was spoken, which for a frame is the time before it arrived.
   */
  'caller.speech.started': { startedMs: number };
  'caller.speech.stopped': { stoppedMs: number };
  'caller.turn.committed': Record<string, never>;
  /**
   * A key was pressed. `digit` is empty while sensitive digits are being collected: which one it was nobody shall keep; and where such a
   * collection may yet take it (`AgentCard.sensitiveKeys`).
   */
  'caller.dtmf': { digit: string };
  /** Both sides have been silent for `idleMs`; the caller is asked for the `question`th time, or let go when there are no more. */
  'caller.idle': { idleMs: number; question: number; letGo: boolean };
  /** The agent wants keys. `sensitive`: nobody shall keep them. */
  'digits.collecting': { sensitive: boolean };
  /** Told once for each `digits.collecting`, also when the collection was given up. No digits where they are sensitive. */
  'digits.collected': { digits: string; complete: boolean; sensitive: boolean };

  'agent.response.started': { responseId: string };
  /** The first sound of an utterance reached the gateway. Told together with `agent.audio.started`. */
  'agent.audio.arrived': { itemId: string; arrivedMs: number };
  /**
   * The first sound of an utterance left for the platform. `turnLatencyMs`: since the caller stopped; `sinceConnectedMs`: of
   * the call's first utterance, since the line was open. Null where there was nothing to wait for.
   */
  'agent.audio.started': {
    itemId: string;
    leftMs: number;
    turnLatencyMs: number | null;
    sinceConnectedMs: number | null;
  };
  /** The caller heard the first sound of an utterance, by the platform's first mark behind it or by the clock. */
  'agent.audio.heard': { itemId: string; heardAtMs: number; by: 'mark' | 'clock' };
  /** The sound of an utterance had run out before it was complete, and goes on: the caller heard a hole in it. */
  'agent.audio.starved': { itemId: string; ranOutMs: number; starvedMs: number };
  'agent.response.finished': { responseId: string; status: ResponseStatus; code: string | null };
  /**
   * What the agent was saying was cut off. `stopMs`: from when the cause was seen (the caller's speech, a key, the loss of the
   * leg) until the platform was told.
   */
  'agent.interrupted': {
    itemId: string | null;
    heardMs: number;
    sentMs: number;
    stopMs: number;
    cause: InterruptionCause;
  };
  /** An utterance was played to its end. `errorMs`: how far the clock's guess was off, where a mark told. */
  'agent.item.heard': { itemId: string; heardMs: number; errorMs: number | null };
  /** The call ended before an utterance was known to be heard to its end. Before `call.ended`, oldest first. */
  'agent.item.unheard': { itemId: string; heardMs: number; sentMs: number };

  'transcript.partial': { speaker: 'caller' | 'agent'; itemId: string; text: string };
  'transcript.final': { speaker: 'caller' | 'agent'; itemId: string; text: string };
  'tool.called': { toolCallId: string; name: string; arguments: string };
  /** `cutShort`: it has not failed by itself; who had asked was gone, the caller or the AI. */
  'tool.answered': {
    toolCallId: string;
    name: string;
    output: string;
    failed: boolean;
    cutShort: boolean;
    tookMs: number;
  };

  /** Keys were sent towards the caller's side: handed to the platform, or heard where they were sent as tones. */
  'agent.dtmf.sent': { digits: string };

  /** The caller is being handed to somebody else; it worked; or it did not, and the call goes on. */
  'call.transferring': { to: string; by: string };
  'call.transferred': { tookMs: number };
  'call.transfer.failed': { code: string };
  /** A limit of the agent ends the call. */
  'call.limit.reached': { limit: CallLimitKind };
  /** The AI could not be had, or broke down: what the caller gets in its place. */
  'call.fell.back': { to: FallBack; code: string };
  /** An outbound call was answered by this, as far as the platform can tell. */
  'callee.detected': { callee: Callee; tookMs: number };

  /** A recording of the call as the caller heard it. */
  'recording.started': { sampleRate: number };
  'recording.paused': { by: string };
  'recording.resumed': { by: string };
  'recording.saved': { sampleRate: number; durationMs: number; bytes: number };
  'recording.failed': { code: string };

  /** Somebody listened in or stepped in. `by` is the name under which the operator was let in. */
  'operator.acted': { action: OperatorAction; by: string };

  'audio.dropped': { track: Track; reason: DropReason; frames: number };
  /** Once a second while sound flows: how long the gateway held a frame, sampled. */
  'audio.sampled': { track: Track; addedLatencyMs: number };

  /** A connected call has brought no sound of this track for longer than it may; and it is back. */
  'audio.stalled': { track: Track; forMs: number };
  'audio.recovered': { track: Track; afterMs: number };

  /** An answer was heard, or the caller's turn ended without one. */
  'turn.measured': TurnFigures;
  /**
   * Some time after the caller's voice interrupted. `wasFalse`: no words followed; null where nobody can know. `reactionMs`:
   * the caller really began until the platform was told to be silent.
   */
  'interruption.judged': { stopMs: number; reactionMs: number | null; wasFalse: boolean | null };
  /** Every few seconds and in the end, if so: how much has come to these two since the last time. */
  'conversation.sampled': { silenceOwedMs: number; talkOverMs: number };
  /** The conversation as a whole, right after `call.ended`. */
  'conversation.measured': ConversationFigures;

  /** For each whole second of sound and each track: that second, and the call so far. */
  'quality.sampled': { track: Track; second: QualitySample; call: QualitySample };
  /** A figure has been worse than its threshold for long enough to matter; told once until it has recovered. */
  'quality.degraded': {
    track: Track;
    kind: QualityKind;
    value: number | null;
    threshold: number | null;
    words: string;
  };
  'quality.recovered': { track: Track; kind: QualityKind; degradedMs: number };
  /** The final record of a track, right after `call.ended`. */
  'quality.measured': { track: Track; call: QualitySample };

  'backend.connected': { backend: string; tookMs: number };
  'backend.lost': { backend: string; code: string };
  'backend.restored': { backend: string; how: 'reconnect' | 'rollover'; tookMs: number };
  'backend.failed': { backend: string; code: string; fatal: boolean };
  'backend.used': { backend: string; usage: AiUsage };
  'platform.failed': { platform: string; code: string; fatal: boolean };

  /** Gateway-wide only: nobody's call. */
  /** An outbound call on its way; `state` as in DialStatus. */
  'dial.changed': {
    orderId: string;
    state: DialState;
    outcome: DialOutcome | null;
    code: string | null;
    attempt: number;
  };
  /** An outbound call was not taken on: a guard, a limit, or a mistake in the order. */
  'dial.refused': { code: string };
  /** A webhook's endpoint was told of an event, or could not be. Null: it has taken it. */
  'webhook.attempted': { webhookId: string; code: string | null; tookMs: number };
  /** So many events will not be told any more: nobody took them in time. */
  'webhook.given.up': { events: number };
  /** What was to be kept had to wait on disk because the database was away; and is all delivered now. */
  'store.away': { code: string };
  'store.back': { delivered: number };
  /** There was no place for a call. */
  'call.refused': { reason: CallRefusal };
  /** `path` is the gateway's own pattern, never the path as sent, which may hold a token. */
  'upgrade.rejected': { reason: UpgradeRejectReason; path: string };
  'listener.failed': { event: string };
}

export type CallLimitKind = (typeof CALL_LIMITS)[number];

export const CALL_LIMITS = ['duration', 'cost', 'silence'] as const;

export type FallBack = (typeof FALL_BACKS)[number];

export const FALL_BACKS = ['backend', 'number', 'turns', 'message'] as const;

/** Who silenced the agent; a closed list, since it is a metric's label. */
export type InterruptionCause = 'speech' | 'key' | 'leg-lost' | 'operator';

export type OperatorAction =
  | 'listen'
  | 'say'
  | 'whisper'
  | 'mute'
  | 'unmute'
  | 'take-over'
  | 'give-back'
  | 'hang-up'
  | 'transfer'
  | 'send-dtmf'
  | 'pause-recording'
  | 'resume-recording';

/** Why a call was not taken; a closed list, since it is a metric's label. */
export type CallRefusal = (typeof CALL_REFUSALS)[number];

export const CALL_REFUSALS = ['full', 'draining'] as const;

/** Why a socket or webhook was refused; a closed list, since it is a metric's label. */
export type UpgradeRejectReason = (typeof UPGRADE_REJECT_REASONS)[number];

export const UPGRADE_REJECT_REASONS = [
  'unknown-path',
  'draining',
  'full',
  'too-many-connections',
  'no-credentials',
  'bad-credentials',
  'loopback-only',
  'foreign-origin',
  'unknown-token',
  'timeout',
  'malformed',
  'internal-error',
] as const;

export type EventType = keyof GatewayEvents;

export interface EventStamp {
  /** Empty for events of the gateway itself. */
  readonly callId: string;
  /** Counts up by one within a call. */
  readonly seq: number;
  /** On the gateway's monotonic clock. */
  readonly atMs: number;
}

export type Unsubscribe = () => void;

export type EventListener<T extends EventType> = (
  data: Readonly<GatewayEvents[T]>,
  stamp: EventStamp,
) => void;

export type AnyEventListener = (type: EventType, data: object, stamp: EventStamp) => void;

export interface EventSource {
  /** Listeners of one event run in the order in which they subscribed. */
  on<T extends EventType>(type: T, listener: EventListener<T>): Unsubscribe;
  onAny(listener: AnyEventListener): Unsubscribe;
}

export interface TrackSource {
  /** Taps see each frame as it came, before any conversion. */
  tap(tap: AudioTap): Unsubscribe;
  readonly stats: TrackStats;
}

/** Where events are put. */
export interface EventSink {
  /** Synchronous. A listener that throws is logged and counted; it never stops the call or another listener. */
  publish<T extends EventType>(type: T, data: GatewayEvents[T]): void;
}

/** One per call. Where one asks for what happened and for the sound. */
export interface EventRouter extends EventSource, EventSink {
  audio(track: Track): TrackSource;
}
