import type { Purpose, ResponseQueue } from './response-queue.js';
import type { SessionContext } from './session-context.js';

/**
 * What the caller waits for or was not certain to hear, so that it is asked for again when a connection was lost, or when the
 * agent is to go on.
 */
export class Owed {
  private greetingDue = false;
  /** Something waits for an answer that a lost connection owes. */
  private owesAnswer = false;
  /** What the agent was to say last, while it is not known to have been heard and the caller has not spoken since. */
  private unheard: Purpose | null = null;

  constructor(
    private readonly context: SessionContext,
    private readonly responses: ResponseQueue,
  ) {}

  greet(): void {
    this.unheard = 'greeting';
    this.askGreeting();
  }

  /** Sound of a response arrives: it has begun, so that the greeting need not. */
  sounded(): void {
    this.greetingDue = false;
  }

  /** The caller speaks. */
  callerSpoke(): void {
    this.greetingDue = false;
    this.unheard = null;
  }

  /** The caller's turn is over, or what was said last was heard: none of it need be said again. */
  nothingUnheard(): void {
    this.unheard = null;
  }

  /** A response that is wanted has begun. */
  begun(): void {
    this.owesAnswer = false;
    this.unheard = this.responses.activePurpose;
  }

  /** The connection is gone. To be told before the responses are. */
  disconnect(): void {
    this.owesAnswer ||= this.responses.owesAnswer && !this.greetingDue;
  }

  /** There is a connection again, whose server has been told the history. */
  restored(): void {
    const owes = this.owesAnswer || this.context.history.awaitsAnswer;
    this.owesAnswer = false;
    // What was asked for meanwhile is part of the history now.
    this.responses.disconnect();
    if (owes) this.responses.request('answer');
    else if (this.greetingDue) this.responses.request('greeting');
    else this.responses.pump();
  }

  /** Has the agent say again what the caller may not have heard, or answer what is not answered. */
  goOn(): void {
    if (this.responses.isComing) return;
    if (this.unheard === 'greeting') this.askGreeting();
    else if (this.unheard === 'words') this.responses.sayAgain();
    else if (this.unheard === 'answer' || this.context.history.awaitsAnswer) {
      this.owesAnswer = true;
      this.responses.request('answer');
    }
  }

  private askGreeting(): void {
    this.greetingDue = true;
    this.responses.request('greeting');
  }
}
