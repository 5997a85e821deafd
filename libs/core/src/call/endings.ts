import type { AiSession, CallAgent, Clock, EndReason, GatewayError } from '#libs/contracts';
import type { AgentVoice } from '../media/agent-voice.js';
import type { LastWord } from '../media/last-word.js';
import type { CallEventRouter } from '../routing/event-router.js';
import type { AiEar } from './ai-ear.js';
import { ConversationSoFar } from './conversation-so-far.js';
import { FallBack, type FallBackParts } from './fall-back.js';
import { Farewell } from './farewell.js';
import { IdleWatch } from './idle-watch.js';
import { LimitWatch } from './limit-watch.js';

export interface EndingsParts extends Omit<FallBackParts, 'soFar' | 'end'> {
  readonly agent: CallAgent;
  readonly clock: Clock;
  readonly router: CallEventRouter;
  readonly voice: AgentVoice;
  readonly lastWord: LastWord;
  readonly aiEar: AiEar;
  session(): AiSession | null;
  /** The backend tells when the caller speaks. */
  hearsCaller(): boolean;
  /** The caller waits for the agent, or is away. */
  isBusy(): boolean;
  /** `told`: the caller has heard why. */
  end(reason: EndReason, error: GatewayError | null, told?: boolean): void;
}

/** Whatever ends a call from inside: the AI leaves or breaks down, a limit is reached, the caller says nothing. */
export class Endings {
  readonly farewell: Farewell;
  private readonly fallBack: FallBack;
  private readonly limits: LimitWatch;
  private readonly idle: IdleWatch;

  constructor(parts: EndingsParts) {
    const { agent, clock, router, voice, lastWord, aiEar, isHandingOn, end } = parts;
    const conversation = new ConversationSoFar(router);
    this.fallBack = new FallBack({ ...parts, soFar: () => conversation.lines, end });
    this.farewell = new Farewell({
      lastWord,
      voice,
      aiEar,
      isHandingOn,
      end: (reason) => end(reason, null),
      fallBack: (reason, error) => this.fallBack.go(reason, error),
    });
    this.limits = new LimitWatch(router, clock, agent.limits, () => this.afterLastWord('limit-reached'));
    this.idle = new IdleWatch({
      router,
      clock,
      limits: agent.limits,
      question: agent.idleQuestion,
      goodbye: agent.idleGoodbye,
      isBusy: () =>
        this.isDue || isHandingOn() || voice.floor !== 'agent' || voice.isPlaying || parts.isBusy(),
      hearsCaller: parts.hearsCaller,
      session: parts.session,
      lastWord,
      letGo: () => this.afterLastWord('caller-silent'),
    });
  }

  /** The AI is gone, or what is being said is the last. */
  get isDue(): boolean {
    return this.farewell.isDue;
  }

  /** There is no AI any more. Null: it ended the conversation in good order. */
  aiLeft(reason: EndReason, error: GatewayError | null): void {
    this.idle.close();
    this.farewell.aiLeft(reason, error);
  }

  /** The call ends when what is being said was heard. */
  afterLastWord(reason: EndReason): void {
    this.farewell.endWith(reason);
  }

  /** The leg is there, or its line is open. */
  lineChanged(): void {
    this.farewell.lineChanged();
  }

  /** Everything sent was heard. */
  playedOut(): void {
    this.idle.playedOut();
  }

  /** Once a second. */
  tick(): void {
    this.idle.tick();
  }

  close(): void {
    this.farewell.close();
    this.fallBack.close();
    this.limits.close();
    this.idle.close();
  }
}
