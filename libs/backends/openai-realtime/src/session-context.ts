import type { AiListener, AiOptions, Clock } from '#libs/contracts';
import type { ClientEvent } from './client-events.js';
import type { ConversationLog } from './conversation-log.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

/** What the parts of one conversation share. */
export interface SessionContext {
  readonly config: OpenAiRealtimeConfig;
  readonly call: AiOptions;
  readonly clock: Clock;
  readonly history: ConversationLog;
  /** The call; after the end of the conversation nobody. */
  listener: AiListener;
  /** False: there is no connection. */
  send(event: ClientEvent): boolean;
  /** When the caller's sound that starts or stops at this position of the present session was spoken, on the clock; null without a session. */
  instantOf(positionMs: number, edge: 'started' | 'stopped'): number | null;
  /** Unique in the call, short enough for items, calls and events. */
  newId(): string;
}

const nothing = (): void => undefined;

/** Takes the call's place when the conversation is over, so that whatever still happens is told to nobody. */
export const NOBODY: AiListener = {
  onAgentAudio: nothing,
  onAgentAudioDone: nothing,
  onResponseStarted: nothing,
  onResponseFinished: nothing,
  onCallerSpeech: nothing,
  onTurnCommitted: nothing,
  onInterrupted: nothing,
  onTranscript: nothing,
  onToolCall: nothing,
  onUsage: nothing,
  onAiFault: nothing,
  onAiLost: nothing,
  onAiRestored: nothing,
  onAiClosed: nothing,
};
