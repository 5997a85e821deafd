import type { AiSession } from '#libs/contracts';
import type { AiLine } from './ai-line.js';

/** Each session greets the caller once; a caller who was away gets what is still owed. */
export class Welcome {
  private greeted: AiSession | null = null;
  private owesAnswer = false;

  constructor(
    private readonly ai: Pick<AiLine, 'session' | 'whenBriefed'>,
    /** The caller hears the agent, and nobody speaks in its place. */
    private readonly lineIsOpen: () => boolean,
    private readonly takenOver: () => boolean,
  ) {}

  /** The caller did not hear something, or will not hear what is being made. */
  owe(): void {
    this.owesAnswer = true;
  }

  /** The AI is there and the caller can hear, for the first time or again. */
  bothReady(session: AiSession): void {
    // Who has taken over has greeted, and what was owed is the operator's now.
    const mayTalk = !this.takenOver();
    if (this.greeted !== session) {
      this.greeted = session;
      if (mayTalk) this.ai.whenBriefed(() => this.greet(session));
    } else if (this.owesAnswer && mayTalk) session.goOn?.();
    this.owesAnswer = false;
  }

  private greet(session: AiSession): void {
    if (this.ai.session !== session || this.takenOver()) return;
    if (this.lineIsOpen()) session.greet();
    else this.greeted = null;
  }
}
