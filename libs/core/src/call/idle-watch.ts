import type { AgentLimits, AiSession, Cancel, Clock, EventRouter } from '#libs/contracts';
import type { LastWord } from '../media/last-word.js';

/** After these both sides are silent anew. */
const AGENT_ACTS = [
  'call.connected',
  'agent.audio.started',
  'agent.response.finished',
  'agent.interrupted',
  'tool.answered',
] as const;

export interface IdleWatchParts {
  readonly router: EventRouter;
  readonly clock: Clock;
  readonly limits: AgentLimits;
  readonly question: string;
  readonly goodbye: string;
  /** Something goes on that the caller waits for, or nobody could ask him. */
  isBusy(): boolean;
  /** The backend tells when the caller speaks. Without that nobody knows that he is silent. */
  hearsCaller(): boolean;
  session(): AiSession | null;
  readonly lastWord: LastWord;
  /** Let him go. */
  letGo(): void;
}

/**
 * A caller who says nothing is asked whether he is still there, so and so often, and then let go with a goodbye. Silence is
 * told by the backend's word of speech and by keys; sound arrives all the time and says nothing.
 */
export class IdleWatch {
  private speaking = false;
  private sinceMs: number;
  private asked = 0;
  /** Set while he is being said goodbye, which he may still interrupt. */
  private cancelGoodbye: Cancel | null = null;

  constructor(private readonly parts: IdleWatchParts) {
    const { router, clock, limits } = parts;
    this.sinceMs = clock.nowMs();
    if (limits.idleAfterMs === null) return;
    router.on('caller.speech.started', () => this.callerActs(true));
    router.on('caller.speech.stopped', () => this.callerActs(false));
    router.on('caller.turn.committed', () => this.callerActs(false));
    router.on('caller.dtmf', () => this.callerActs(this.speaking));
    // Who was speaking when the AI went away is not known to have stopped.
    router.on('backend.lost', () => this.callerActs(false));
    for (const type of AGENT_ACTS) router.on(type, () => this.touch());
  }

  /** Once a second. */
  tick(): void {
    const { clock, limits, isBusy, hearsCaller } = this.parts;
    const { idleAfterMs } = limits;
    if (idleAfterMs === null || this.cancelGoodbye !== null || !hearsCaller()) return;
    if (this.speaking || isBusy()) this.touch();
    const idleMs = clock.nowMs() - this.sinceMs;
    if (idleMs >= idleAfterMs) this.idle(idleMs);
  }

  /** Everything that the agent said was heard. */
  playedOut(): void {
    this.touch();
  }

  close(): void {
    this.cancelGoodbye?.();
    this.cancelGoodbye = null;
  }

  private touch(): void {
    this.sinceMs = this.parts.clock.nowMs();
  }

  private callerActs(speaking: boolean): void {
    this.speaking = speaking;
    this.asked = 0;
    this.close();
    this.touch();
  }

  private idle(idleMs: number): void {
    const { router, limits, question } = this.parts;
    const letGo = this.asked >= limits.idleQuestions;
    if (!letGo) this.asked++;
    router.publish('caller.idle', { idleMs, question: this.asked, letGo });
    this.touch();
    if (letGo) this.sayGoodbye();
    else this.say(question);
  }

  private sayGoodbye(): void {
    const { router, goodbye, session, lastWord, letGo } = this.parts;
    router.publish('call.limit.reached', { limit: 'silence' });
    if (goodbye === '' || !session()?.speak) {
      letGo();
      return;
    }
    this.say(goodbye);
    this.cancelGoodbye = lastWord.whenHeard({ next: 'always', shielded: false, last: false }, letGo);
  }

  private say(words: string): void {
    const session = this.parts.session();
    if (words === '' || session === null) return;
    if (session.speak) session.speak(words);
    else session.instruct?.(`The caller has been silent for a while. Ask: "${words}"`);
  }
}
