import type { AudioFormat, AudioFrame, AudioSink } from './audio.js';
import type { Clock } from './clock.js';
import type { GatewayError } from './errors.js';
import type { Log } from './log.js';
import type { SetupEntry } from './platform.js';

export interface AiCapabilities {
  /** Caller sound that the backend takes, best first. */
  readonly callerFormats: readonly AudioFormat[];
  /** Agent sound that the backend makes, best first. */
  readonly agentFormats: readonly AudioFormat[];
  /** The backend wants to be told what was heard, and forgets the rest. */
  readonly truncation: boolean;
  /** The backend reports when the caller starts and stops speaking. */
  readonly speechEvents: boolean;
  readonly tools: boolean;
  /** The vendor's limit for one connection; a backend that has one renews it by itself. */
  readonly maxSessionMs: number | null;
}

/** A function the model may call. `parameters` is a JSON Schema of type object. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly toolCallId: string;
  readonly name: string;
  /** JSON text as the model wrote it; not checked. */
  readonly arguments: string;
}

/** Where the functions that the model may call live. Runs outside the audio path. */
export interface ToolBox {
  readonly definitions: readonly ToolDefinition[];
  /** How long a function may run; null or absent: the gateway's own limit. */
  timeoutMsOf?(name: string): number | null;
  /** Said by the agent when a function takes longer than a moment; null or absent: a tone. */
  bridgeOf?(name: string): string | null;
  /** A function may collect keys that nobody shall keep (`DigitsOrder.sensitive`). Absent: none does. */
  readonly sensitiveKeys?: boolean;
  /** Resolves to the text for the model. A rejection is told to the model in words. */
  call(call: ToolCall, callId: string, signal: AbortSignal): Promise<string>;
}

/** Who answers the call and how. */
export interface AgentSettings {
  readonly instructions: string;
  /** What the agent says first. Null: it waits for the caller. */
  readonly greeting: string | null;
  readonly voice: string | null;
  /** ISO 639-1, for recognition. Null: the backend finds out. */
  readonly language: string | null;
}

export interface AiOptions {
  readonly callId: string;
  readonly agent: AgentSettings;
  readonly callerFormat: AudioFormat;
  readonly agentFormat: AudioFormat;
  readonly tools: readonly ToolDefinition[];
  /** Stable for one caller and not reversible, for vendors that want one; null when the caller is unknown. */
  readonly callerHash: string | null;
  readonly log: Log;
  readonly clock: Clock;
}

/** How much of one item the caller heard. An item is one utterance of the agent, by the backend's id. */
export interface HeardItem {
  readonly itemId: string;
  /** Whole sound of the item so far, as the backend made it. */
  readonly sentMs: number;
  /** 0 ... sentMs. */
  readonly heardMs: number;
  /** The backend has said that no more sound of this item will come. */
  readonly complete: boolean;
}

/** One call's conversation with the AI. May run over several sockets. No method waits or throws. */
export interface AiSession extends AudioSink {
  /** Caller sound in the agreed format. False: the far side is full or away. */
  push(frame: AudioFrame): boolean;
  /** The caller can hear now: say the greeting, if there is one. Called once. */
  greet(): void;
  /**
   * Stop speaking, and forget what the caller did not hear. `items` are those that were sent and are not known to be
   * heard to their end, oldest first; empty when nothing was playing.
   */
  interrupt(items: readonly HeardItem[]): void;
  answerTool(toolCallId: string, output: string): void;
  /** Keys the caller pressed, collected. */
  dtmf(digits: string): void;
  /** Say these words next, as they stand. Absent: this backend cannot. */
  speak?(text: string): void;
  /** The call is better known now, and nothing was said yet: other instructions, another greeting. Absent: this backend cannot. */
  adopt?(agent: AgentSettings): void;
  /** Know this from now on, without answering it. Absent: this backend cannot. */
  instruct?(text: string): void;
  /** Everything the agent said so far was heard to its end. */
  playedOut?(): void;
  /**
   * The caller was away (the leg was lost) and can hear again. What was cut off then, a greeting or an answer, is still owed:
   * say it again, in whatever words.
   */
  goOn?(): void;
  /** Ends the conversation; no listener method is called afterwards. */
  close(): void;
}

export interface TranscriptLine {
  readonly speaker: 'caller' | 'agent';
  readonly itemId: string;
  /** Partial: the words so far of this item. Final: all words. */
  readonly text: string;
  readonly final: boolean;
}

/** Tokens of one response, and what they cost; cost is null when the model's price is not known. */
export interface AiUsage {
  readonly tokens: Readonly<Partial<Record<TokenKind, number>>>;
  readonly costUsd: number | null;
}

export type TokenKind =
  | 'text_in'
  | 'text_cached'
  | 'text_out'
  | 'audio_in'
  | 'audio_cached'
  | 'audio_out'
  | 'image_in'
  | 'image_cached';

export const TOKEN_KINDS: readonly TokenKind[] = [
  'text_in',
  'text_cached',
  'text_out',
  'audio_in',
  'audio_cached',
  'audio_out',
  'image_in',
  'image_cached',
];

export type ResponseStatus = 'completed' | 'interrupted' | 'incomplete' | 'failed';

/** What an AI session tells its call. Every method returns quickly and never throws. */
export interface AiListener {
  /** Agent sound in the agreed format, faster than real time if the backend likes. `frame.timestampMs`: when it arrived. */
  onAgentAudio(frame: AudioFrame, itemId: string): void;
  /** No more sound of this item. */
  onAgentAudioDone(itemId: string): void;
  onResponseStarted(responseId: string): void;
  onResponseFinished(responseId: string, status: ResponseStatus, error: GatewayError | null): void;
  /**
   * Voice detection, where the backend has one. Information only: what follows from it comes as `onInterrupted`, at once and
   * before anything else is told. `atMs`: when the caller really began or stopped, on the call's clock, as well as the
   * backend can tell; the pause that it took to be sure is not included.
   */
  onCallerSpeech(edge: 'started' | 'stopped', atMs: number): void;
  /** The caller's turn was closed and handed to the model. */
  onTurnCommitted(): void;
  /** The backend gives up what it was saying, because the caller speaks: silence now. Answered by `session.interrupt`. */
  onInterrupted(): void;
  onTranscript(line: TranscriptLine): void;
  onToolCall(call: ToolCall): void;
  onUsage(usage: AiUsage): void;
  /** Not fatal: the conversation goes on. */
  onAiFault(error: GatewayError): void;
  /** The connection is lost and the session is trying to get it back; the caller must not meet silence. */
  onAiLost(error: GatewayError): void;
  onAiRestored(how: 'reconnect' | 'rollover', tookMs: number): void;
  /** The conversation is over for good. Null: the AI ended it in good order. */
  onAiClosed(error: GatewayError | null): void;
}

/** A line of a conversation by text. */
export interface TextLine {
  readonly speaker: 'caller' | 'agent';
  readonly text: string;
}

/** The vendor's model for text: for a call whose realtime AI is away. */
export interface TextModel {
  /** Rejects with a GatewayError. `lines` ends with the caller's. `onUsage`: what an answer used, also one that cannot be said. */
  reply(
    agent: AgentSettings,
    lines: readonly TextLine[],
    signal: AbortSignal,
    onUsage: (usage: AiUsage) => void,
  ): Promise<string>;
}

export interface AiBackend {
  readonly name: string;
  readonly capabilities: AiCapabilities;
  /** Absent: this vendor has none, or it is not set up. */
  readonly text?: TextModel;
  /**
   * Resolves when the session is configured and takes sound. Rejects with a GatewayError; rejects at once when `signal`
   * aborts. Listener methods may be called before it resolves only for `onAiFault`.
   */
  connect(options: AiOptions, listener: AiListener, signal: AbortSignal): Promise<AiSession>;
  setup(): readonly SetupEntry[];
}
