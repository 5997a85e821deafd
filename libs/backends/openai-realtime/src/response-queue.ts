import type { CallerSpeech } from './caller-speech.js';
import type { ServerError, ServerResponse } from './server-objects.js';
import { greetingParams, verbatimParams } from './session-config.js';
import type { SessionContext } from './session-context.js';

/** `words`: those that an operator gave, as they stand. */
export type Purpose = 'greeting' | 'answer' | 'words';

/** Texts that wait to be said. Beyond this somebody types faster than anybody can listen. */
const MOST_WAITING = 8;

/** Requests whose refusal is still understood. A server refuses within a round trip, in which few can be made. */
const MOST_REFUSABLE = 16;

/** What a response is for. */
export interface Wanted {
  readonly purpose: Purpose;
  /** What is to be said; null where the model finds its own words. */
  readonly text: string | null;
}

interface Asked extends Wanted {
  readonly eventId: string;
  /** Interrupted before it began. */
  unwanted: boolean;
}

/**
 * One response at a time: the server refuses a second one, and voice detection starts responses of its own. What is asked
 * for waits until nothing runs and the caller does not have the floor, and is forgotten when a response that began
 * meanwhile has answered it.
 */
export class ResponseQueue {
  private active: (Wanted & { readonly id: string; unwanted: boolean }) | null = null;
  private asked: Asked | null = null;
  /**
   * The last requests, whatever was made of them, oldest first: a refusal may come after another response was taken for the
   * one that was asked for, and after the next request.
   */
  private refusable: readonly Asked[] = [];
  /** Requests for texts before whose answer another response began: they are refused, or come after it. Oldest first. */
  private overtaken: readonly Asked[] = [];
  private wanted: 'greeting' | 'answer' | null = null;
  /** Texts to be said as they stand, in order; they go before what is wanted. */
  private texts: readonly string[] = [];
  private lastText: string | null = null;
  /** Item that must be in the conversation for a response to count as the wanted one, until the server confirms it. */
  private unseenItemId: string | null = null;
  private activeSawAll = true;
  private progressMs = 0;

  constructor(
    private readonly context: SessionContext,
    private readonly caller: () => Pick<CallerSpeech, 'holdsFloor' | 'inTurn'>,
  ) {}

  get activeId(): string | null {
    return this.active?.id ?? null;
  }

  /** What the running response is for. */
  get activePurpose(): Purpose | null {
    return this.active?.purpose ?? null;
  }

  /** The caller is going to hear a response, without anything else being done. */
  get isComing(): boolean {
    const { active, asked, wanted } = this;
    return wanted !== null || asked?.unwanted === false || active?.unwanted === false;
  }

  /** A response runs, is asked for, or waits. */
  get isBusy(): boolean {
    return this.owesAnswer || this.active !== null || this.asked !== null || this.texts.length > 0;
  }

  /** The model's own words are waited for; texts look after themselves. */
  get owesAnswer(): boolean {
    const { active, asked, wanted } = this;
    return wanted !== null || [active, asked].some((other) => other !== null && other.purpose !== 'words');
  }

  /** Since when the server owes an event; null when it owes none. */
  get waitingSinceMs(): number | null {
    return this.active === null && this.asked === null ? null : this.progressMs;
  }

  /** Any event of a response has arrived. */
  progressed(): void {
    this.progressMs = this.context.clock.nowMs();
  }

  /** `itemId`: what the response is an answer to, if it was just sent. */
  request(purpose: 'greeting' | 'answer', itemId: string | null = null): void {
    if (purpose === 'greeting' && this.isComing) return;
    this.wanted = purpose;
    if (itemId !== null) this.unseenItemId = itemId;
    this.pump();
  }

  /** Has this said next, as it stands. It waits for a connection too. False: too much waits already. */
  say(text: string): boolean {
    if (this.texts.length >= MOST_WAITING) return false;
    this.texts = [...this.texts, text];
    this.pump();
    return true;
  }

  /** The text that was said last, or this one, was not heard as it should have been. */
  sayAgain(text = this.lastText): void {
    this.again(text);
    this.pump();
  }

  /** Sends what is to be said or wanted, if now is the moment. */
  pump(): void {
    const text = this.texts[0] ?? null;
    const purpose = text === null ? this.wanted : 'words';
    if (purpose === null || this.active !== null || this.asked !== null || this.caller().holdsFloor) return;
    const eventId = this.context.newId();
    const body = this.body(purpose, text);
    if (!this.context.send({ type: 'response.create', event_id: eventId, ...body })) return;
    if (text === null) this.wanted = null;
    else {
      this.texts = this.texts.slice(1);
      this.lastText = text;
    }
    this.asked = { eventId, purpose, text, unwanted: false };
    this.refusable = [...this.refusable, this.asked].slice(-MOST_REFUSABLE);
    this.progressed();
  }

  onItemAdded(itemId: string): void {
    if (itemId === this.unseenItemId) this.unseenItemId = null;
  }

  /** False: this is a response of ours that nobody wants any more. */
  onCreated(response: ServerResponse): boolean {
    const late = response.purpose === 'words' ? this.overtaken[0] : undefined;
    const asked = late ?? this.asked;
    // While something with a mark is asked for, a response without it is the server's own; ours is going to be refused.
    const ours = asked !== null && (asked.purpose === 'answer' || response.purpose === asked.purpose);
    const purpose = ours ? asked.purpose : 'answer';
    const text = ours ? asked.text : null;
    if (late !== undefined) this.overtaken = this.overtaken.slice(1);
    else this.asked = null;
    if (asked !== null && asked.text !== null && !ours)
      this.overtaken = [...this.overtaken, asked].slice(-MOST_WAITING);
    this.active = { id: response.id, purpose, text, unwanted: ours && asked.unwanted };
    this.activeSawAll = this.unseenItemId === null;
    this.progressed();
    // What was asked for since its interruption still is, and a text that was not begun is.
    if (this.active.unwanted) {
      this.again(text);
      return false;
    }
    if (purpose !== 'words' && (this.wanted === 'greeting' || this.activeSawAll)) this.wanted = null;
    if (!ours) return true;
    if (!this.context.config.interruptResponse || !this.caller().inTurn) return true;
    // The caller took the floor first. The answer to that turn answers this too, unless it does not come.
    if (purpose === 'answer') this.wanted = 'answer';
    this.active.unwanted = purpose === 'words';
    this.again(text);
    return false;
  }

  /** What the response was for; null when it is not the running one. */
  onDone(responseId: string): Wanted | null {
    const { active } = this;
    if (active?.id !== responseId) return null;
    this.active = null;
    return active;
  }

  /**
   * Our own decision to be silent: neither what runs nor what was asked for and has not begun is wanted. `sounding`: some of
   * what runs was heard, perhaps. A text of which nothing was is said later.
   */
  interrupt(sounding: boolean): void {
    if (this.active?.unwanted === false && !sounding) this.again(this.active.text);
    if (this.asked !== null) this.asked.unwanted = true;
    if (this.active !== null) this.active.unwanted = true;
  }

  /** The server refused an event. True: it was a request for a response that collided with another, which is no loss. */
  onRefused(error: ServerError): boolean {
    const refused = this.refusable.find(({ eventId }) => eventId === error.eventId);
    if (refused === undefined) return false;
    this.refusable = this.refusable.filter((asked) => asked !== refused);
    if (this.asked === refused) this.asked = null;
    this.overtaken = this.overtaken.filter((asked) => asked !== refused);
    if (error.code !== 'conversation_already_has_active_response') return false;
    this.again(refused.text);
    // A greeting has been superseded. An answer is still owed if the other response does not know the question, or says a text.
    const answered = this.activeSawAll && this.active?.purpose !== 'words';
    if (refused.purpose === 'answer' && !answered && !refused.unwanted) this.wanted = 'answer';
    return true;
  }

  /** The connection is gone. Returns the response that was running. Texts that were not said to their end still are to be. */
  disconnect(): string | null {
    const { activeId, active, asked } = this;
    this.again(asked?.text ?? (active?.unwanted === false ? active.text : null));
    for (const { text } of [...this.overtaken].reverse()) this.again(text);
    this.overtaken = [];
    this.active = null;
    this.asked = null;
    this.refusable = [];
    this.wanted = null;
    this.unseenItemId = null;
    this.activeSawAll = true;
    return activeId;
  }

  /** Back to the head of those that wait. */
  private again(text: string | null): void {
    if (text !== null) this.texts = [text, ...this.texts];
  }

  private body(purpose: Purpose, text: string | null): { response?: ReturnType<typeof greetingParams> } {
    const { instructions, greeting } = this.context.call.agent;
    if (text !== null) return { response: verbatimParams(instructions, text) };
    return purpose === 'greeting' ? { response: greetingParams(instructions, greeting ?? '') } : {};
  }
}
