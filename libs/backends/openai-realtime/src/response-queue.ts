import type { CallerSpeech } from './caller-speech.js';
import type { ServerError, ServerResponse } from './server-objects.js';
import { greetingParams } from './session-config.js';
import type { SessionContext } from './session-context.js';

export type Purpose = 'greeting' | 'answer';

interface Asked {
  readonly eventId: string;
  readonly purpose: Purpose;
  /** Interrupted before it began. */
  unwanted: boolean;
}

/**
 * One response at a time: the server refuses a second one, and voice detection starts responses of its own. What is asked
 * for waits until nothing runs and the caller does not have the floor, and is forgotten when a response that began
 * meanwhile has answered it.
 */
export class ResponseQueue {
  private active: { readonly id: string; readonly purpose: Purpose; unwanted: boolean } | null = null;
  private asked: Asked | null = null;
  /** The newest `response.create`: its refusal may come after another response has begun. */
  private newest: Asked | null = null;
  private wanted: Purpose | null = null;
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
    return this.active !== null || this.asked !== null || this.wanted !== null;
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
  request(purpose: Purpose, itemId: string | null = null): void {
    if (purpose === 'greeting' && this.isComing) return;
    this.wanted = purpose;
    if (itemId !== null) this.unseenItemId = itemId;
    this.pump();
  }

  /** Sends what is wanted, if now is the moment. */
  pump(): void {
    const { wanted: purpose } = this;
    if (purpose === null || this.active !== null || this.asked !== null || this.caller().holdsFloor) return;
    const eventId = this.context.newId();
    if (!this.context.send({ type: 'response.create', event_id: eventId, ...this.body(purpose) })) return;
    this.wanted = null;
    this.asked = this.newest = { eventId, purpose, unwanted: false };
    this.progressed();
  }

  onItemAdded(itemId: string): void {
    if (itemId === this.unseenItemId) this.unseenItemId = null;
  }

  /** False: this is a response of ours that nobody wants any more. */
  onCreated(response: ServerResponse): boolean {
    const { asked } = this;
    // While a greeting is asked for, a response without its mark is the server's own; ours is going to be refused.
    const ours = asked !== null && (asked.purpose === 'answer' || response.purpose === 'greeting');
    const purpose = ours ? asked.purpose : 'answer';
    this.asked = null;
    this.active = { id: response.id, purpose, unwanted: ours && asked.unwanted };
    this.activeSawAll = this.unseenItemId === null;
    this.progressed();
    // What was asked for since its interruption still is.
    if (this.active.unwanted) return false;
    if (this.wanted === 'greeting' || this.activeSawAll) this.wanted = null;
    if (!ours) return true;
    if (!this.context.config.interruptResponse || !this.caller().inTurn) return true;
    // The caller took the floor first. The answer to that turn answers this too, unless it does not come.
    if (purpose === 'answer') this.wanted = 'answer';
    return false;
  }

  /** What the response was for; null when it is not the running one. */
  onDone(responseId: string): Purpose | null {
    if (this.active?.id !== responseId) return null;
    const { purpose } = this.active;
    this.active = null;
    return purpose;
  }

  /** Our own decision to be silent: neither what runs nor what was asked for and has not begun is wanted. */
  interrupt(): void {
    if (this.asked !== null) this.asked.unwanted = true;
    if (this.active !== null) this.active.unwanted = true;
  }

  /** The server refused an event. True: it was a request for a response that collided with another, which is no loss. */
  onRefused(error: ServerError): boolean {
    const { newest } = this;
    if (newest === null || error.eventId !== newest.eventId) return false;
    this.newest = null;
    if (this.asked === newest) this.asked = null;
    if (error.code !== 'conversation_already_has_active_response') return false;
    // A greeting has been superseded. An answer is still owed if the other response began without knowing the question.
    if (newest.purpose === 'answer' && !this.activeSawAll && !newest.unwanted) this.wanted = 'answer';
    return true;
  }

  /** The connection is gone. Returns the response that was running. */
  disconnect(): string | null {
    const { activeId } = this;
    this.active = null;
    this.asked = null;
    this.newest = null;
    this.wanted = null;
    this.unseenItemId = null;
    this.activeSawAll = true;
    return activeId;
  }

  private body(purpose: Purpose): { response?: ReturnType<typeof greetingParams> } {
    const { instructions, greeting } = this.context.call.agent;
    return purpose === 'greeting' ? { response: greetingParams(instructions, greeting ?? '') } : {};
  }
}
