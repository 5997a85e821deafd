import type { AudioFormat, Clock } from '#libs/contracts';
import type { AnswerPart } from './answers.js';
import type { Conversation } from './conversation.js';
import { newId } from './ids.js';
import { SimItem } from './items.js';
import type { ContentPlace, Fields, Outbox } from './outbox.js';
import type { SoundRoom } from './sounds.js';
import { agentAudioTokens, type Tokens, textTokens } from './usage.js';

export type ResponseStatus = 'in_progress' | 'completed' | 'cancelled' | 'incomplete' | 'failed';

/** What a response is made with: the session's settings with those of its own request over them. */
export interface ResponsePlan {
  readonly id: string;
  /** Null: out of band, nothing of it goes into the conversation. */
  readonly conversation: Conversation | null;
  readonly parts: readonly AnswerPart[];
  readonly modality: 'audio' | 'text';
  readonly format: AudioFormat;
  readonly tokenLimit: number;
  readonly thinkMs: number;
  /** Sound is made this many times faster than it plays. */
  readonly speed: number;
  readonly keepSound: boolean;
  /** The letters that disguise the length of a delta; null for none. */
  readonly obfuscation: () => string | null;
}

/** A function call's arguments come in pieces of this many characters. */
const ARGUMENT_PIECE = 12;

type Spoken = Extract<AnswerPart, { say: string }>;
type Called = Extract<AnswerPart, { call: string }>;
type Step = { readonly text: string; readonly waitMs: number };

/**
 * One response as it is made: a generator that sends the events in OpenAI's order and yields how many milliseconds pass
 * before it goes on. Ending it early closes what is open, as OpenAI does for a response that is cancelled.
 */
export class ResponseStream {
  readonly items: SimItem[] = [];
  status: ResponseStatus = 'in_progress';
  statusDetails: Fields | null = null;
  private readonly budget: TokenBudget;
  private readonly steps: Generator<number, void>;
  private dueMs: number;
  private abandoned = false;

  constructor(
    readonly plan: ResponsePlan,
    private readonly outbox: Outbox,
    private readonly room: SoundRoom,
    private readonly clock: Clock,
    /** Called after each piece of sound. */
    private readonly onSound: () => void,
    /** Called once, however it ended, unless it was abandoned. */
    private readonly onFinished: () => void,
  ) {
    this.budget = new TokenBudget(plan.tokenLimit);
    this.steps = this.run();
    this.dueMs = clock.nowMs();
  }

  /** Sends what is due. Returns when the next step is, or null at the end. */
  readonly step = (nowMs: number): number | null => {
    while (this.dueMs <= nowMs && !this.abandoned) {
      const { done, value } = this.steps.next();
      if (done === true) {
        this.onFinished();
        return null;
      }
      this.dueMs += value;
    }
    return this.abandoned ? null : this.dueMs;
  };

  /** Nobody is there any more: it stops where it is. */
  abandon(): void {
    this.abandoned = true;
  }

  /** Ends it before its time; the listener is told as at any other end. */
  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    this.end('cancelled', { type: 'cancelled', reason });
    this.steps.return();
    this.onFinished();
  }

  /** Of all its items. */
  get audioMs(): number {
    return this.budget.audioMs;
  }

  get tokens(): Tokens {
    return { text: this.budget.text, audio: agentAudioTokens(this.budget.audioMs) };
  }

  private end(status: ResponseStatus, details: Fields | null): void {
    this.status = status;
    this.statusDetails = details;
  }

  private *run(): Generator<number, void> {
    yield this.plan.thinkMs;
    for (const part of this.plan.parts) {
      if ('waitMs' in part) {
        yield part.waitMs;
      } else if ('fail' in part) {
        const type = part.fail === 'server_error' ? 'server_error' : 'invalid_request_error';
        const message = part.message ?? `The response failed: ${part.fail}.`;
        this.end('failed', { type: 'failed', error: { type, code: part.fail, message } });
        return;
      } else if ('incomplete' in part) {
        this.end('incomplete', { type: 'incomplete', reason: part.incomplete });
        return;
      } else {
        const whole = 'call' in part ? yield* this.call(part) : yield* this.say(part);
        if (!whole) {
          this.end('incomplete', { type: 'incomplete', reason: 'max_output_tokens' });
          return;
        }
      }
    }
    this.end('completed', null);
  }

  /** A message. Returns false when the limit of tokens cut it short. */
  private *say(part: Spoken): Generator<number, boolean> {
    const spoken = this.plan.modality === 'audio';
    const item = new SimItem(
      newId('item'),
      'message',
      'assistant',
      spoken ? this.plan.format : null,
      {},
      'in_progress',
    );
    const place = this.open(item);
    this.outbox.emit('response.content_part.added', { ...place, part: partOf(spoken, '') });
    let text = '';
    let whole = false;
    try {
      for (const step of spoken ? this.speak(part, item, place) : this.write(part, place)) {
        text += step.text;
        yield step.waitMs;
      }
      whole = !this.budget.exhausted;
    } finally {
      if (spoken) {
        item.transcript = text;
        this.outbox.emit('response.output_audio.done', { ...place });
        this.outbox.emit('response.output_audio_transcript.done', { ...place, transcript: text });
      } else {
        item.fields.content = [{ type: 'output_text', text }];
        this.outbox.emit('response.output_text.done', { ...place, text });
      }
      this.outbox.emit('response.content_part.done', { ...place, part: partOf(spoken, text) });
      this.close(item, whole);
    }
    return whole;
  }

  /** Sound, with the words running a little ahead of it. */
  private *speak(part: Spoken, item: SimItem, place: ContentPlace): Generator<Step> {
    const words = part.say.match(/\S+\s*/g) ?? [];
    const sound = this.room.render(part.sound ?? { babble: part.say }, this.plan.format);
    let said = 0;
    for (let index = 0; index < sound.deltaCount; index++) {
      const ahead = Math.min(index + 2, sound.deltaCount) / sound.deltaCount;
      let text = '';
      for (; said < Math.ceil(words.length * ahead); said++) {
        const delta = words[said]!;
        if (!this.budget.takeText(delta)) return;
        text += delta;
        const obfuscation = this.plan.obfuscation();
        const disguise = obfuscation === null ? {} : { obfuscation };
        this.outbox.emit('response.output_audio_transcript.delta', { ...place, delta, ...disguise });
      }
      const delta = sound.delta(index);
      if (!this.budget.takeSound(delta.ms)) {
        yield { text, waitMs: 0 };
        return;
      }
      this.outbox.audioDelta(place, delta.base64);
      item.addSound(delta.bytes, this.clock.nowMs(), this.plan.keepSound);
      this.onSound();
      yield { text, waitMs: delta.ms / this.plan.speed };
    }
  }

  private *write(part: Spoken, place: ContentPlace): Generator<Step> {
    for (const delta of part.say.match(/\S+\s*/g) ?? []) {
      if (!this.budget.takeText(delta)) return;
      this.outbox.emit('response.output_text.delta', { ...place, delta });
      yield { text: delta, waitMs: 0 };
    }
  }

  /** A function call. Returns false when the limit of tokens cut it short. */
  private *call(part: Called): Generator<number, boolean> {
    const { call: name, arguments: given = {}, callId = newId('call') } = part;
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const fields = { call_id: callId, name, arguments: text };
    const item = new SimItem(newId('item'), 'function_call', null, null, fields, 'in_progress');
    const { output_index, response_id, item_id } = this.open(item);
    const place = { response_id, item_id, output_index, call_id: callId };
    let written = '';
    let whole = false;
    try {
      for (let at = 0; at < text.length; at += ARGUMENT_PIECE) {
        const delta = text.slice(at, at + ARGUMENT_PIECE);
        if (!this.budget.takeText(delta)) return false;
        written += delta;
        this.outbox.emit('response.function_call_arguments.delta', { ...place, delta });
        yield 0;
      }
      whole = true;
    } finally {
      item.fields.arguments = written;
      this.outbox.emit('response.function_call_arguments.done', { ...place, name, arguments: written });
      this.close(item, whole);
    }
    return true;
  }

  private open(item: SimItem): ContentPlace {
    const { id, conversation } = this.plan;
    const place = { response_id: id, item_id: item.id, output_index: this.items.length, content_index: 0 };
    this.items.push(item);
    this.outbox.emit('response.output_item.added', {
      response_id: id,
      output_index: place.output_index,
      item: item.wire(),
    });
    conversation?.add(item);
    return place;
  }

  private close(item: SimItem, whole: boolean): void {
    item.status = whole ? 'completed' : 'incomplete';
    this.outbox.emit('response.output_item.done', {
      response_id: this.plan.id,
      output_index: this.items.indexOf(item),
      item: item.wire(),
    });
    this.plan.conversation?.finish(item);
  }
}

function partOf(spoken: boolean, text: string): Fields {
  return spoken ? { type: 'audio', transcript: text } : { type: 'text', text };
}

/** What a response has cost so far, and whether it may go on. Words, arguments and sound all count. */
class TokenBudget {
  exhausted = false;
  text = 0;
  audioMs = 0;

  constructor(private readonly limit: number) {}

  takeText(text: string): boolean {
    return this.take(textTokens(text), 0);
  }

  takeSound(ms: number): boolean {
    return this.take(0, ms);
  }

  private take(text: number, audioMs: number): boolean {
    this.exhausted = this.text + text + agentAudioTokens(this.audioMs + audioMs) > this.limit;
    if (this.exhausted) return false;
    this.text += text;
    this.audioMs += audioMs;
    return true;
  }
}
