import { createItem, systemText } from './client-events.js';
import type { ResponseQueue } from './response-queue.js';
import type { SessionContext } from './session-context.js';

/** Some minutes of speech. */
const MOST_LETTERS_SAID = 2000;
const MOST_LETTERS_TOLD = 4000;
/** One instruction is at most this part of what a new session is told, lest it push the conversation out. */
const SHARE_OF_HISTORY = 1 / 4;
/** Where next to no history is wanted an instruction still holds in the session that hears it. */
const LEAST_LETTERS_TOLD = 500;

/** What an operator wants said, and what the agent is to know without saying it. */
export class OperatorWords {
  constructor(
    private readonly context: SessionContext,
    private readonly responses: ResponseQueue,
  ) {}

  /** Said as it stands, after what is being said now; without a connection, when there is one again. */
  say(text: string): void {
    const words = this.bounded(text, MOST_LETTERS_SAID);
    if (words === '' || this.responses.say(words)) return;
    this.context.call.log.warn(
      { code: 'OPENAI_TOO_MUCH_TO_SAY' },
      'A text of an operator was not taken: too many wait to be said already.',
    );
  }

  /** Part of the conversation from now on; without a connection it reaches the next one with the history. */
  tell(text: string): void {
    const { config, history, newId, send } = this.context;
    const share = Math.floor(config.historyLetters * SHARE_OF_HISTORY);
    const told = this.bounded(text, Math.min(MOST_LETTERS_TOLD, Math.max(LEAST_LETTERS_TOLD, share)));
    if (told === '') return;
    history.instruction(told);
    send(createItem(systemText(newId(), told)));
  }

  private bounded(text: string, mostLetters: number): string {
    const whole = text.trim();
    if (whole.length <= mostLetters) return whole;
    this.context.call.log.warn(
      { code: 'OPENAI_TEXT_CUT', letters: whole.length, mostLetters },
      'A text of an operator was too long and was cut.',
    );
    return whole.slice(0, mostLetters).trimEnd();
  }
}
