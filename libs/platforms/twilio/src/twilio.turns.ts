import { randomBytes } from 'node:crypto';
import type { Cancel, Clock, Log, TextTurns } from '#libs/contracts';
import { ExpiringMap } from './expiring-map.js';
import type { TwilioConfig } from './twilio.config.js';
import { apologyTwiml, gatherTwiml, sayAndHangUpTwiml } from './twilio.twiml.js';
import { TURN_PATH, type TwilioUrls } from './twilio.urls.js';

export interface TurnsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly config: TwilioConfig;
  /** Null: URLs are given without an origin, for a gateway that is not on the internet. */
  readonly urls: TwilioUrls | null;
}

interface Conversation {
  readonly callSid: string;
  readonly token: string;
  readonly turns: TextTurns;
  readonly abort: AbortController;
  /** Nothing is asked for any more: the next document, if there is one, is the last. */
  over: boolean;
  /** A reply is being waited for. */
  replying: boolean;
  /** Stops waiting for Twilio to come back. */
  cancelAbsence: Cancel;
  /** Number of the turn that is asked for next. */
  next: number;
  silences: number;
  /** What was said last, for a caller who did not answer. */
  said: string;
  /** The answer to the last turn, for a webhook that Twilio repeats. */
  last: Promise<string>;
}

const REMEMBERED_MS = 60 * 60_000;
const MOST_CONVERSATIONS = 10_000;
/** Twilio waits 15 s for a document. */
const REPLY_WITHIN_MS = 12_000;
const MOST_SILENCES = 2;
/** Twilio comes back for every turn, also where the caller is silent. Who does not within this time after the words has gone. */
const BACK_WITHIN_MS = 120_000;
/** A slow voice. */
const SPOKEN_MS_PER_LETTER = 120;

/** Conversations by text: Twilio says the words, hears the caller with means of its own, and posts what was said. */
export class TurnsDesk {
  private readonly conversations: ExpiringMap<Conversation>;
  private readonly tokens: ExpiringMap<string>;
  private readonly running = new Set<Conversation>();

  constructor(private readonly parts: TurnsParts) {
    this.conversations = new ExpiringMap(parts.clock, REMEMBERED_MS, MOST_CONVERSATIONS);
    this.tokens = new ExpiringMap(parts.clock, REMEMBERED_MS, MOST_CONVERSATIONS);
  }

  /** From now on the call goes on in turns. Returns the path of its first document. */
  begin(callSid: string, turns: TextTurns): string {
    const token = randomBytes(24).toString('base64url');
    const conversation: Conversation = {
      callSid,
      token,
      turns,
      abort: new AbortController(),
      over: false,
      replying: false,
      cancelAbsence: () => undefined,
      next: 1,
      silences: 0,
      said: turns.opening,
      last: Promise.resolve(''),
    };
    this.running.add(conversation);
    conversation.last = Promise.resolve(this.ask(conversation, turns.opening));
    this.conversations.set(token, conversation);
    this.tokens.set(callSid, token);
    return `${TURN_PATH}/${token}?n=0`;
  }

  /** The first document of a call that was to go on in turns; null when it was not. */
  opening(callSid: string): Promise<string> | null {
    const token = this.tokens.get(callSid);
    return token === undefined ? null : this.turn(token, 0, null);
  }

  /** The document that answers turn `n`; `said` is null when the caller was silent. */
  async turn(token: string, n: number, said: string | null): Promise<string> {
    const conversation = this.conversations.get(token);
    if (conversation === undefined) return apologyTwiml(this.parts.config.fallbackMessage, this.parts.config);
    if (n === conversation.next) {
      conversation.next++;
      conversation.cancelAbsence();
      conversation.last = said === null ? this.silence(conversation) : this.reply(conversation, said);
    }
    // Any other number is a repetition of the turn before.
    return conversation.last;
  }

  /** The call is over, or nobody knows of it any more. */
  callOver(callSid: string): void {
    const token = this.tokens.take(callSid);
    const conversation = token === undefined ? undefined : this.conversations.take(token);
    if (conversation !== undefined) this.finish(conversation);
  }

  /**
   * The gateway ends the call. True: in the middle of a turn, which Twilio has to be told; false: with the words that are on their way,
   * or it has ended already.
   */
  stop(callSid: string): boolean {
    const token = this.tokens.get(callSid);
    const conversation = token === undefined ? undefined : this.conversations.get(token);
    if (conversation === undefined || conversation.over) return false;
    conversation.over = true;
    return !conversation.replying;
  }

  close(): void {
    for (const { cancelAbsence, abort } of this.running) {
      cancelAbsence();
      abort.abort();
    }
    this.running.clear();
  }

  private finish(conversation: Conversation): void {
    conversation.over = true;
    conversation.cancelAbsence();
    conversation.abort.abort();
    if (this.running.delete(conversation)) conversation.turns.over();
  }

  private async silence(conversation: Conversation): Promise<string> {
    conversation.silences++;
    if (conversation.over || conversation.silences > MOST_SILENCES) return this.end(conversation, null);
    return this.ask(conversation, conversation.said);
  }

  private async reply(conversation: Conversation, said: string): Promise<string> {
    const { turns, abort } = conversation;
    const { config, log } = this.parts;
    if (conversation.over) return this.end(conversation, null);
    conversation.silences = 0;
    conversation.replying = true;
    const timedOut = this.timeOut();
    const signal = AbortSignal.any([abort.signal, timedOut.signal]);
    const none = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)));
    const answer = await Promise.race([turns.reply(said, signal), none]).finally(timedOut.cancel);
    conversation.replying = false;
    if (answer === null) {
      log.warn({ callSid: conversation.callSid }, 'No reply came in time; the caller hears the fall-back.');
      this.callOver(conversation.callSid);
      return apologyTwiml(config.fallbackMessage, config);
    }
    const isLast = answer.hangUp || conversation.over || conversation.next > config.maxTurns;
    return isLast ? this.end(conversation, answer.say) : this.ask(conversation, answer.say);
  }

  private ask(conversation: Conversation, text: string): string {
    conversation.said = text;
    const backWithinMs = text.length * SPOKEN_MS_PER_LETTER + BACK_WITHIN_MS;
    conversation.cancelAbsence = this.parts.clock.after(backWithinMs, () =>
      this.callOver(conversation.callSid),
    );
    const path = `${TURN_PATH}/${conversation.token}?n=${conversation.next}`;
    return gatherTwiml(text, this.parts.urls?.webhook(path) ?? path, this.parts.config);
  }

  private end(conversation: Conversation, text: string | null): string {
    this.finish(conversation);
    return sayAndHangUpTwiml(text, this.parts.config);
  }

  private timeOut(): { readonly signal: AbortSignal; readonly cancel: Cancel } {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      cancel: this.parts.clock.after(REPLY_WITHIN_MS, () => controller.abort()),
    };
  }
}
