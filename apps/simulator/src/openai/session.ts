import type { WebSocket } from 'ws';
import type { AudioFormat, Cancel } from '#libs/contracts';
import { APPEND, appendedSound } from './appended.js';
import { clientEventCheck } from './client-schema.js';
import { Complaints } from './complaints.js';
import { Conversation } from './conversation.js';
import { newId } from './ids.js';
import type { SimItem } from './items.js';
import { type Breach, Journal } from './journal.js';
import type { Mishap } from './mishap.js';
import { type Fields, Outbox, type OutboxOptions } from './outbox.js';
import { Refused } from './refusal.js';
import { type ResponseSetting, Responses, type SimResponse } from './responses.js';
import { isObject } from './schema-check.js';
import {
  audioFormatOf,
  defaultSession,
  type SessionConfig,
  updatedSession,
  wireSession,
} from './session-config.js';
import { Transcriber } from './transcription.js';
import { type Turn, Turns } from './turns.js';
import { Unanswered } from './unanswered.js';

/** What a session takes from its simulator. */
export interface SessionSetting
  extends Omit<ResponseSetting, 'outbox' | 'conversation' | 'config'>,
    Omit<OutboxOptions, 'clock'> {
  readonly sessionLimitMs: number;
  readonly transcribe: (turn: Turn) => string | null;
  readonly transcribeMs: number;
  readonly onBreach: (breach: Breach) => void;
}

/** What is known of all sound that was appended. */
export interface Appends {
  count: number;
  /** Of sound. */
  ms: number;
  firstAtMs: number | null;
  lastAtMs: number | null;
}

/** One client's session: reads its events, keeps the rules, and holds the truth about what went both ways. */
export class SimSession {
  readonly id = newId('sess');
  readonly openedAtMs: number;
  /** What the client sent, appended sound left out. */
  readonly received = new Journal();
  readonly appends: Appends = { count: 0, ms: 0, firstAtMs: null, lastAtMs: null };
  closed: { readonly code: number; readonly reason: string; readonly atMs: number } | null = null;

  private readonly outbox: Outbox;
  private readonly complaints: Complaints;
  private readonly conversation: Conversation;
  private readonly input: Turns;
  private readonly output: Responses;
  private readonly transcriber: Transcriber;
  private readonly unanswered: Unanswered;
  private readonly cancelExpiry: Cancel;
  private readonly waiting = new Set<Cancel>();
  private settings: SessionConfig;
  private inputFormat: AudioFormat;
  private updated = false;

  constructor(
    private readonly socket: WebSocket,
    kind: SessionConfig['type'],
    model: string,
    /** Of the upgrade request. */
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    private readonly setting: SessionSetting,
  ) {
    const { clock, keepSound, sessionLimitMs } = setting;
    this.openedAtMs = clock.nowMs();
    const expiresAt = Math.floor((Date.now() + sessionLimitMs) / 1000);
    this.settings = defaultSession(kind, this.id, model, expiresAt);
    const { audio } = this.settings;
    this.inputFormat = audioFormatOf(audio.input.format);
    this.outbox = new Outbox(socket, setting);
    this.complaints = new Complaints(this.id, this.outbox, clock, setting.onBreach);
    this.conversation = new Conversation(newId('conv'), this.outbox, clock, keepSound);
    this.transcriber = new Transcriber(this.outbox, clock, setting.transcribeMs, setting.transcribe);
    this.input = new Turns(
      this.inputFormat,
      audio.input.turn_detection,
      this.conversation,
      this.outbox,
      clock,
      keepSound,
      { onSpeechStarted: () => this.onSpeechStarted(), onTurn: (turn) => this.onTurn(turn) },
    );
    this.unanswered = new Unanswered((turn) => this.transcriber.wordsOf(turn));
    this.output = new Responses(
      this.unanswered,
      {
        ...setting,
        outbox: this.outbox,
        conversation: this.conversation,
        config: () => this.settings,
      },
      {
        onMishap: (mishap) => this.onMishap(mishap),
        onDone: (response, audioMs) => this.onDone(response, audioMs),
      },
    );
    this.cancelExpiry = clock.after(sessionLimitMs, () => this.expire());
    this.outbox.emit('session.created', { session: wireSession(this.settings) });
  }

  /** The effective configuration. */
  get config(): SessionConfig {
    return this.settings;
  }

  /** The conversation as it is now. */
  get items(): readonly SimItem[] {
    return this.conversation.items;
  }

  /** Every item that was ever in the conversation. */
  get everyItem(): readonly SimItem[] {
    return this.conversation.everyItem;
  }

  get turns(): readonly Turn[] {
    return this.input.turns;
  }

  get responses(): readonly SimResponse[] {
    return this.output.responses;
  }

  /** What was sent, sound left out. */
  get sent(): Journal {
    return this.outbox.sent;
  }

  /** The session's time is up. */
  expire(): void {
    const minutes = Math.max(1, Math.round(this.setting.sessionLimitMs / 60_000));
    const message = `Your session hit the maximum duration of ${minutes} minutes.`;
    this.outbox.error({ code: 'session_expired', message, param: null }, null);
    this.close(1001, message);
  }

  close(code: number, reason = ''): void {
    this.output.abandon();
    this.socket.close(code, reason);
  }

  /** The connection is gone without a goodbye: the client sees 1006. */
  cut(): void {
    this.output.abandon();
    this.socket.terminate();
  }

  /** The connection stays, and nothing comes any more. */
  stall(): void {
    this.output.abandon();
    this.outbox.silent = true;
  }

  get stalled(): boolean {
    return this.outbox.silent;
  }

  onClosed(code: number, reason: string): void {
    this.closed = { code, reason, atMs: this.setting.clock.nowMs() };
    this.output.abandon();
    this.input.stopIdle();
    this.transcriber.close();
    this.cancelExpiry();
    for (const cancel of this.waiting) cancel();
    this.waiting.clear();
  }

  onMessage(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.complaints.refuseFrame('Only text frames are accepted.');
      this.close(1003, 'Only text frames are accepted.');
      return;
    }
    let event: unknown;
    try {
      event = JSON.parse(data.toString());
    } catch {
      this.refuse(new Refused('invalid_json', 'The event is not valid JSON.'), {});
      return;
    }
    if (isObject(event)) this.attempt(event, this.read);
    else this.refuse(new Refused('invalid_event', 'An event is a JSON object.'), {});
  }

  private attempt(event: Fields, action: (event: Fields) => void): void {
    try {
      action(event);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      this.refuse(thrown, event);
    }
  }

  private refuse(refused: Refused, event: Fields): void {
    this.complaints.refuse(refused, event);
    if (refused.code === 'invalid_intent') this.close(4000, `invalid_request_error.${refused.code}`);
  }

  private readonly read = (event: Fields): void => {
    const atMs = this.setting.clock.nowMs();
    if (event.type === APPEND) {
      if (!this.stalled) this.append(event, atMs);
      return;
    }
    this.received.add({ atMs, type: String(event.type), event });
    if (this.stalled) return;
    const refusal = clientEventCheck().check(event);
    if (refusal !== null) throw new Refused(refusal.code, refusal.message, refusal.param);
    this.carryOut(event);
  };

  private append(event: Fields, atMs: number): void {
    const bytes = appendedSound(event, this.inputFormat);
    if (!this.updated)
      this.complaints.warn(APPEND, 'Sound before session.updated is read in the default format.');
    const beforeMs = this.input.heardMs;
    this.input.append(bytes);
    const { appends } = this;
    appends.count += 1;
    appends.ms += this.input.heardMs - beforeMs;
    appends.firstAtMs ??= atMs;
    appends.lastAtMs = atMs;
  }

  /** `event` has passed the schema. */
  private carryOut(event: Fields): void {
    const { conversation, input, output } = this;
    const type = String(event.type);
    if (!this.updated && (type === 'response.create' || type === 'conversation.item.create')) {
      this.complaints.warn(type, `${type} before session.updated works on the default settings.`);
    }
    const itemId = String(event.item_id);
    switch (type) {
      case 'session.update':
        this.receiveUpdate(event);
        break;
      case 'input_audio_buffer.commit':
        if (this.settings.audio.input.turn_detection !== null)
          this.complaints.warn(type, 'With voice detection the server commits.');
        input.commit();
        break;
      case 'input_audio_buffer.clear':
        input.clear();
        break;
      case 'output_audio_buffer.clear':
        throw new Refused(
          'invalid_value',
          'The output audio buffer exists only over WebRTC and SIP.',
          'type',
        );
      case 'conversation.item.create':
        this.unanswered.addItem(
          conversation.create(
            event.item as Fields,
            event.previous_item_id as string | undefined,
            this.inputFormat,
          ),
        );
        break;
      case 'conversation.item.retrieve':
        conversation.retrieve(itemId);
        break;
      case 'conversation.item.truncate':
        conversation.truncate(itemId, Number(event.content_index), Number(event.audio_end_ms));
        break;
      case 'conversation.item.delete':
        conversation.delete(itemId);
        break;
      case 'response.create':
        this.requireRealtime();
        input.stopIdle();
        output.create((event.response ?? {}) as Fields, 'request');
        break;
      case 'response.cancel':
        output.cancel(event.response_id as string | undefined);
        break;
    }
  }

  private receiveUpdate(event: Fields): void {
    const { faults } = this.setting;
    const refused = faults.takeText('refuse-update');
    if (refused !== null) throw new Refused(refused, `The update is refused: ${refused}.`, 'session');
    const delayMs = faults.takeNumber('delay-update');
    const silently = faults.take('ignore-update') !== null;
    const apply = (update: Fields) => this.applyUpdate(update, silently);
    if (delayMs === null) apply(event);
    else this.later(delayMs, () => this.attempt(event, apply));
  }

  private applyUpdate(event: Fields, silently: boolean): void {
    this.settings = updatedSession(this.settings, event.session as Fields, this.output.spoken);
    const { input } = this.settings.audio;
    this.inputFormat = audioFormatOf(input.format);
    this.input.configure(this.inputFormat, input.turn_detection);
    this.updated = true;
    if (!silently) this.outbox.emit('session.updated', { session: wireSession(this.settings) });
  }

  private onSpeechStarted(): void {
    if (this.settings.audio.input.turn_detection?.interrupt_response === true) this.output.interrupt();
  }

  private onTurn(turn: Turn): void {
    this.transcriber.start(turn, this.settings, (words) => {
      const item = this.conversation.find(turn.itemId);
      if (item !== null) item.transcript = words;
    });
    this.unanswered.addTurn(turn);
    if (turn.how === 'manual' || this.settings.type === 'transcription') return;
    if (this.settings.audio.input.turn_detection?.create_response !== true) return;
    try {
      this.output.create({}, turn.how === 'timeout' ? 'timeout' : 'turn');
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      // Nobody's event: without interruption a turn may end while an answer is still being made.
      this.outbox.error({ code: thrown.code, message: thrown.message, param: null }, null);
    }
  }

  private onDone(response: SimResponse, audioMs: number): void {
    if (response.status === 'completed' && audioMs > 0) this.input.startIdle(audioMs);
  }

  private onMishap({ kind, code }: Mishap): void {
    if (kind === 'stall') this.stall();
    else if (kind === 'cut') this.cut();
    else if (kind === 'expire') this.expire();
    else this.close(code, 'The server had trouble.');
  }

  private requireRealtime(): void {
    if (this.settings.type === 'transcription') {
      throw new Refused('invalid_value', 'A transcription session makes no responses.', 'type');
    }
  }

  private later(ms: number, action: () => void): void {
    const cancel = this.setting.clock.after(ms, () => {
      this.waiting.delete(cancel);
      action();
    });
    this.waiting.add(cancel);
  }
}
