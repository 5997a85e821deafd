import type { AudioFormat, Cancel, Clock } from '#libs/contracts';
import { APPEND, appendedSound } from './appended.js';
import type { Complaints } from './complaints.js';
import { Conversation } from './conversation.js';
import { newId } from './ids.js';
import type { SimItem } from './items.js';
import type { Mishap } from './mishap.js';
import type { Fields, Outbox } from './outbox.js';
import { Refused } from './refusal.js';
import { type ResponseSetting, Responses, type SimResponse } from './responses.js';
import { audioFormatOf, type SessionConfig, updatedSession, wireSession } from './session-config.js';
import { Transcriber } from './transcription.js';
import { type Turn, Turns } from './turns.js';
import { Unanswered } from './unanswered.js';

/** What a dialogue takes from its simulator. */
export interface DialogueSetting extends Omit<ResponseSetting, 'outbox' | 'conversation' | 'config'> {
  readonly transcribe: (turn: Turn) => string | null;
  readonly transcribeMs: number;
}

export interface DialogueListener {
  onMishap(mishap: Mishap): void;
  /** An event that was put off could not be carried out. */
  onLateRefusal(refused: Refused, event: Fields): void;
}

/** What a client and the server do with each other: the settings, the conversation, both voices and the rules between them. */
export class Dialogue {
  readonly conversation: Conversation;
  readonly input: Turns;
  readonly output: Responses;
  private readonly transcriber: Transcriber;
  private readonly unanswered: Unanswered;
  private readonly clock: Clock;
  private readonly putOff = new Set<Cancel>();
  private inputFormat: AudioFormat;
  private updated = false;

  constructor(
    public config: SessionConfig,
    private readonly outbox: Outbox,
    private readonly complaints: Complaints,
    private readonly setting: DialogueSetting,
    private readonly listener: DialogueListener,
  ) {
    const { clock, keepSound, transcribe, transcribeMs } = setting;
    const { format, turn_detection: detection } = config.audio.input;
    this.clock = clock;
    this.inputFormat = audioFormatOf(format);
    this.conversation = new Conversation(newId('conv'), outbox, clock, keepSound);
    this.transcriber = new Transcriber(outbox, clock, transcribeMs, transcribe);
    this.unanswered = new Unanswered((turn) => this.transcriber.wordsOf(turn));
    this.input = new Turns(this.inputFormat, detection, this.conversation, outbox, clock, keepSound, {
      onSpeechStarted: () => this.onSpeechStarted(),
      onTurn: (turn) => this.onTurn(turn),
    });
    this.output = new Responses(
      this.unanswered,
      { ...setting, outbox, conversation: this.conversation, config: () => this.config },
      {
        onMishap: (mishap) => this.listener.onMishap(mishap),
        onDone: (response, audioMs) => this.onDone(response, audioMs),
      },
    );
  }

  /** The client is gone: no timer and no answer of this dialogue runs on. */
  close(): void {
    this.output.abandon();
    this.input.stopIdle();
    this.transcriber.close();
    for (const cancel of this.putOff) cancel();
    this.putOff.clear();
  }

  /** `input_audio_buffer.append`. Returns the milliseconds of sound that it brought. */
  append(event: Fields): number {
    const bytes = appendedSound(event, this.inputFormat);
    if (!this.updated) {
      this.complaints.warn(APPEND, 'Sound before session.updated is read in the default format.');
    }
    const beforeMs = this.input.heardMs;
    this.input.append(bytes);
    return this.input.heardMs - beforeMs;
  }

  /** Any other event; it has passed the schema. Throws Refused. */
  carryOut(event: Fields): void {
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
        if (this.config.audio.input.turn_detection !== null) {
          this.complaints.warn(type, 'With voice detection the server commits.');
        }
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
        this.createItem(event.item as Fields, event.previous_item_id as string | undefined);
        break;
      case 'conversation.item.retrieve':
        conversation.retrieve(itemId);
        break;
      case 'conversation.item.truncate':
        if (event.audio_end_ms === 0)
          this.complaints.warn(type, 'What was not heard at all is better deleted.');
        conversation.truncate(itemId, Number(event.content_index), Number(event.audio_end_ms));
        break;
      case 'conversation.item.delete':
        conversation.delete(itemId);
        break;
      case 'response.create':
        this.createResponse((event.response ?? {}) as Fields);
        break;
      case 'response.cancel':
        output.cancel(event.response_id as string | undefined);
        break;
    }
  }

  private createItem(wire: Fields, previousItemId: string | undefined): void {
    const { call_id: callId } = wire;
    const answered = ({ kind, fields }: SimItem) =>
      kind === 'function_call_output' && fields.call_id === callId;
    if (wire.type === 'function_call_output' && this.conversation.items.some(answered)) {
      this.complaints.warn('conversation.item.create', `The call ${String(callId)} is answered twice.`);
    }
    this.unanswered.addItem(this.conversation.create(wire, previousItemId, this.inputFormat));
  }

  private createResponse(request: Fields): void {
    if (this.config.type === 'transcription') {
      throw new Refused('invalid_value', 'A transcription session makes no responses.', 'type');
    }
    this.input.stopIdle();
    this.output.create(request, 'request');
  }

  private receiveUpdate(event: Fields): void {
    const { faults } = this.setting;
    const refused = faults.takeText('refuse-update');
    if (refused !== null) throw new Refused(refused, `The update is refused: ${refused}.`, 'session');
    const delayMs = faults.takeNumber('delay-update');
    const silently = faults.take('ignore-update') !== null;
    if (delayMs === null) this.update(event, silently);
    else this.later(delayMs, event, () => this.update(event, silently));
  }

  private update(event: Fields, silently: boolean): void {
    this.config = updatedSession(this.config, event.session as Fields, this.output.spoken);
    const { format, turn_detection: detection } = this.config.audio.input;
    this.inputFormat = audioFormatOf(format);
    this.input.configure(this.inputFormat, detection);
    this.updated = true;
    if (!silently) this.outbox.emit('session.updated', { session: wireSession(this.config) });
  }

  private onSpeechStarted(): void {
    if (this.config.audio.input.turn_detection?.interrupt_response === true) this.output.interrupt();
  }

  private onTurn(turn: Turn): void {
    this.transcriber.start(turn, this.config, (words) => {
      const item = this.conversation.find(turn.itemId);
      if (item !== null) item.transcript = words;
    });
    this.unanswered.addTurn(turn);
    if (turn.how === 'manual' || this.config.type === 'transcription') return;
    if (this.config.audio.input.turn_detection?.create_response !== true) return;
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

  private later(ms: number, event: Fields, action: () => void): void {
    const cancel = this.clock.after(ms, () => {
      this.putOff.delete(cancel);
      try {
        action();
      } catch (thrown) {
        if (!(thrown instanceof Refused)) throw thrown;
        this.listener.onLateRefusal(thrown, event);
      }
    });
    this.putOff.add(cancel);
  }
}
