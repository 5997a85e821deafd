import { bytesPerMs } from '#libs/audio';
import type {
  AgentSettings,
  AiListener,
  AiOptions,
  AiSession,
  AudioFrame,
  GatewayError,
  HeardItem,
} from '#libs/contracts';
import { AgentSpeech } from './agent-speech.js';
import { CallerSpeech } from './caller-speech.js';
import { createItem, userText } from './client-events.js';
import { ConversationLog } from './conversation-log.js';
import * as errors from './errors.js';
import { Lifeline, type LifelineOwner } from './lifeline.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import type { ServerEvent, ServerEventOf } from './openai-realtime.messages.js';
import { OperatorWords } from './operator-words.js';
import { Owed } from './owed.js';
import { PriceList } from './pricing.js';
import { ResponseLife } from './response-life.js';
import { ResponseQueue } from './response-queue.js';
import { ResponseRecovery } from './response-recovery.js';
import type { ServerError, ServerResponse, Wire } from './server-objects.js';
import { audioFormatOf, sessionUpdate } from './session-config.js';
import { NOBODY, type SessionContext } from './session-context.js';
import { ToolCalls } from './tool-calls.js';

/** Caller sound that may wait in a socket whose far side does not read. */
const MAX_BUFFERED_MS = 2000;
/** A caller counts as silent after this pause; the server's own notice of speech takes a part of it. */
const QUIET_MS = 600;

/** One call's conversation: hands events to the parts that know what to do, over whatever connection there is. */
export class OpenAiRealtimeSession implements AiSession, LifelineOwner {
  private readonly context: SessionContext;
  private readonly lifeline: Lifeline;
  private readonly agent: AgentSpeech;
  private readonly caller: CallerSpeech;
  private readonly responses: ResponseQueue;
  private readonly owed: Owed;
  private readonly life: ResponseLife;
  private readonly recovery: ResponseRecovery;
  private readonly tools: ToolCalls;
  private readonly operator: OperatorWords;
  private readonly prices: PriceList;
  private readonly news: { readonly [T in ServerEvent['type']]?: (event: ServerEventOf<T>) => void } = {
    'response.created': ({ response }) => this.life.onCreated(response),
    'response.output_item.added': ({ item, responseId }) => {
      this.responses.progressed();
      if (item.type === 'message') this.agent.begin(item.id, responseId);
    },
    'response.output_audio_transcript.delta': ({ itemId, responseId, delta }) => {
      this.responses.progressed();
      this.agent.onWords(itemId, responseId, delta);
    },
    'response.output_audio_transcript.done': ({ itemId, responseId, transcript }) =>
      this.agent.onAllWords(itemId, responseId, transcript),
    'response.output_audio.done': ({ itemId }) => this.agent.onAudioDone(itemId),
    'response.output_item.done': ({ item, responseId }) => {
      this.responses.progressed();
      if (item.type === 'function_call') this.tools.onCall(responseId, item);
    },
    'response.done': ({ response }) => this.onResponseDone(response),
    'conversation.item.added': ({ item }) => this.responses.onItemAdded(item.id),
    'input_audio_buffer.speech_started': ({ audioStartMs }) => this.onSpeechStarted(audioStartMs),
    'input_audio_buffer.speech_stopped': ({ itemId, audioEndMs }) =>
      this.caller.onStopped(itemId, audioEndMs),
    'input_audio_buffer.committed': ({ itemId }) => this.onCommitted(itemId),
    'conversation.item.input_audio_transcription.delta': ({ itemId, delta }) =>
      this.caller.onWords(itemId, delta),
    'conversation.item.input_audio_transcription.completed': ({ itemId, transcript, usage }) => {
      this.caller.onAllWords(itemId, transcript);
      this.onTranscriptionUsage(usage);
    },
    'conversation.item.input_audio_transcription.failed': ({ itemId, error }) =>
      this.caller.onUnwritten(itemId, errors.transcriptionFailed(error)),
    'rate_limits.updated': ({ resetSeconds }) => this.recovery.onLimits(resetSeconds),
    error: ({ error }) => this.onError(error),
  };
  /** Every part has this very object, so that all know what the agent adopts, also the connections to come. */
  private readonly call: { -readonly [K in keyof AiOptions]: AiOptions[K] };
  private closed = false;

  constructor(
    private readonly config: OpenAiRealtimeConfig,
    options: AiOptions,
    listener: AiListener,
    unixMs: () => number,
  ) {
    const call = { ...options };
    this.call = call;
    let ids = 0;
    const newId = () => `pb_${++ids}`;
    const context: SessionContext = {
      config,
      call,
      clock: call.clock,
      listener,
      history: new ConversationLog(config.historyTurns, config.historyLetters, newId),
      send: (event) => this.lifeline.send(event),
      instantOf: (positionMs, edge) => this.lifeline.instantOf(positionMs, edge),
      newId,
    };
    this.context = context;
    this.agent = new AgentSpeech(context);
    this.caller = new CallerSpeech(context, () => this.responses.request('answer'));
    this.responses = new ResponseQueue(context, () => this.caller);
    this.recovery = new ResponseRecovery(context, this.responses, (error) => this.lifeline.renew(error));
    this.tools = new ToolCalls(context, this.responses);
    this.owed = new Owed(context, this.responses);
    const { agent, caller, responses, recovery, tools, owed } = this;
    this.life = new ResponseLife(context, { agent, caller, responses, recovery, tools, owed });
    this.operator = new OperatorWords(context, this.responses);
    this.prices = new PriceList(config.prices);
    // Four letters of base64 for three bytes.
    const maxBufferedBytes = (MAX_BUFFERED_MS * bytesPerMs(audioFormatOf(config)) * 4) / 3;
    const onFault = (error: GatewayError) => context.listener.onAiFault(error);
    this.lifeline = new Lifeline({ config, call, maxBufferedBytes, unixMs, onFault }, this);
  }

  /** Resolves when the AI is configured and takes sound. Rejects with a GatewayError, at once when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    try {
      await this.lifeline.open(signal);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  // What the call orders.

  push(frame: AudioFrame): boolean {
    const { base64 } = frame;
    return base64 === '' || this.lifeline.append(base64, frame.timestampMs);
  }

  greet(): void {
    // A caller who spoke first is answered, not greeted.
    if (this.closed || this.call.agent.greeting === null || this.caller.hasSpoken) return;
    this.owed.greet();
  }

  interrupt(items: readonly HeardItem[]): void {
    if (this.closed) return;
    this.life.interrupt();
    this.agent.interrupt(items);
  }

  answerTool(toolCallId: string, output: string): void {
    if (!this.closed) this.tools.answer(toolCallId, output);
  }

  dtmf(digits: string): void {
    const keys = digits.replace(/[^0-9A-D*#]/g, '');
    if (this.closed || keys === '') return;
    const id = this.context.newId();
    const text = `[keypad] ${keys}`;
    this.owed.nothingUnheard();
    // Without voice detection nobody else closes what the caller said so far.
    if (this.config.turnDetection === 'none') this.context.send({ type: 'input_audio_buffer.commit' });
    this.context.history.callerTurn(id, text);
    this.context.send(createItem(userText(id, text)));
    this.responses.request('answer', id);
  }

  speak(text: string): void {
    if (!this.closed) this.operator.say(text);
  }

  instruct(text: string): void {
    if (!this.closed) this.operator.tell(text);
  }

  adopt(agent: AgentSettings): void {
    if (this.closed) return;
    this.call.agent = agent;
    this.context.send(sessionUpdate(this.config, this.call, this.context.newId()));
  }

  playedOut(): void {
    this.agent.playedOut();
    if (this.responses.activeId === null) this.owed.nothingUnheard();
  }

  goOn(): void {
    if (!this.closed) this.owed.goOn();
  }

  close(): void {
    this.closed = true;
    this.context.listener = NOBODY;
    this.caller.close();
    this.recovery.close();
    this.lifeline.close();
  }

  // What the connection tells.

  onEvent(event: ServerEvent): void {
    if (event.type === 'response.output_audio.delta') {
      this.responses.progressed();
      this.owed.sounded();
      this.agent.onAudio(event);
    } else {
      this.news[event.type]?.(event as never);
    }
  }

  waitingSinceMs(): number | null {
    return this.responses.waitingSinceMs;
  }

  isQuiet(): boolean {
    return (
      !this.responses.isBusy &&
      !this.agent.isPlaying &&
      !this.caller.holdsFloor &&
      this.caller.quietForMs >= QUIET_MS &&
      !this.context.history.awaitsAnswer
    );
  }

  onLost(error: GatewayError): void {
    this.leaveSession(error);
    this.context.listener.onAiLost(error);
  }

  onLeaving(): void {
    this.leaveSession(errors.sessionLeft());
  }

  onRestored(how: 'reconnect' | 'rollover', tookMs: number): void {
    for (const item of this.context.history.restore()) this.context.send(createItem(item));
    this.context.listener.onAiRestored(how, tookMs);
    this.owed.restored();
  }

  onEnded(error: GatewayError | null): void {
    const { listener, history } = this.context;
    // An orderly goodbye in the middle of an answer, or before one, is none.
    const early = error === null && (this.responses.isBusy || this.caller.holdsFloor || history.awaitsAnswer);
    this.close();
    listener.onAiClosed(early ? errors.closedOwing() : error);
  }

  private onSpeechStarted(audioStartMs: number | null): void {
    this.owed.callerSpoke();
    this.caller.onStarted(audioStartMs);
    if (!this.config.interruptResponse) return;
    this.life.cancelledByServer();
    this.context.listener.onInterrupted();
  }

  private onCommitted(itemId: string): void {
    this.owed.nothingUnheard();
    this.caller.onCommitted(itemId);
    const { createResponse, turnDetection } = this.config;
    if (!createResponse && turnDetection !== 'none') this.responses.request('answer');
  }

  private onResponseDone(response: ServerResponse): void {
    const usage = this.prices.responseUsage(this.lifeline.model, response.usage);
    if (usage !== null) this.context.listener.onUsage(usage);
    const { outcome, asked } = this.life.onDone(response);
    if (this.closed) return;
    if (outcome.fatal) {
      this.onEnded(outcome.error);
      return;
    }
    if (asked !== null) this.recovery.onDone(outcome, asked);
    this.responses.pump();
  }

  private onTranscriptionUsage(reported: Wire | null): void {
    const usage = this.prices.transcriptionUsage(this.config.transcriptionModel ?? '', reported);
    if (usage !== null) this.context.listener.onUsage(usage);
  }

  /** Fatal errors and those that end the session never come here: the connection acts on them itself. */
  private onError(error: ServerError): void {
    if (this.responses.onRefused(error) || this.agent.onRefused(error)) return;
    if (errors.severityOf(error) !== 'benign') this.context.listener.onAiFault(errors.vendorError(error));
  }

  /** Everything that lived in the session that is left comes to its end. */
  private leaveSession(error: GatewayError): void {
    this.owed.disconnect();
    this.recovery.close();
    this.caller.disconnect();
    this.agent.disconnect();
    this.tools.disconnect();
    this.responses.disconnect();
    this.life.disconnect(error);
  }
}
