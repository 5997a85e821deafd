import {
  type AgentSettings,
  type AiUsage,
  asGatewayError,
  type EventSink,
  type Log,
  type TextLine,
  type TextModel,
  type TextTurns,
} from '#libs/contracts';

const DEFAULT_OPENING = 'What can I do for you?';
const OPENING_AFTER_A_BREAK = 'Let us go on. What did you say?';
const APOLOGY =
  'I am sorry, we can not go on with this call at the moment. Please call again later. Goodbye.';
/** A conversation that does not end must not cost for ever. */
const MOST_TURNS = 50;

export interface TextConversationParts {
  readonly model: TextModel;
  /** Name of the backend whose model it is. */
  readonly backend: string;
  readonly settings: AgentSettings;
  readonly soFar: readonly TextLine[];
  readonly router: EventSink;
  readonly log: Log;
  /** The call has ended here: what is still said belongs to nobody's transcript. */
  readonly isOver: () => boolean;
  /** The platform has said its last word. */
  readonly onOver: () => void;
}

/**
 * A call that goes on in turns of text, with the vendor's text model and what was said so far. Its words and what they cost are the
 * call's own, told by the same events as those of a session.
 */
export class TextConversation implements TextTurns {
  readonly opening: string;
  private lines: TextLine[];
  private turns = 0;
  private items = 0;
  private isDone = false;

  constructor(private readonly parts: TextConversationParts) {
    const { soFar, settings } = parts;
    this.opening = soFar.length > 0 ? OPENING_AFTER_A_BREAK : settings.greeting || DEFAULT_OPENING;
    this.lines = [...soFar, { speaker: 'agent', text: this.opening }];
  }

  /** The platform has taken the conversation. */
  begin(): void {
    this.tell('agent', this.opening);
  }

  over(): void {
    if (this.isDone) return;
    this.isDone = true;
    this.parts.onOver();
  }

  async reply(
    said: string,
    signal: AbortSignal,
  ): Promise<{ readonly say: string; readonly hangUp: boolean }> {
    const { model, settings, log, isOver } = this.parts;
    this.tell('caller', said);
    if (++this.turns > MOST_TURNS) return this.apologise();
    const lines: TextLine[] = [...this.lines, { speaker: 'caller', text: said }];
    const used: AiUsage[] = [];
    try {
      const say = await model.reply(settings, lines, signal, (usage) => used.push(usage));
      this.lines = [...lines, { speaker: 'agent', text: say }];
      this.tell('agent', say);
      // Which may end the call by a limit: then this answer was the last.
      this.account(used);
      return { say, hangUp: isOver() };
    } catch (thrown) {
      const { code, message } = asGatewayError(thrown, 'TEXT_MODEL_FAILED', 'The text model did not answer');
      log.error({ code, reason: message }, 'A call in turns of text ends: nobody answers the caller.');
      this.account(used);
      // Nobody waits for an apology where the platform has given up waiting.
      return signal.aborted ? { say: APOLOGY, hangUp: true } : this.apologise();
    }
  }

  private account(used: readonly AiUsage[]): void {
    const { backend, router, isOver } = this.parts;
    for (const usage of used) if (!isOver()) router.publish('backend.used', { backend, usage });
  }

  private apologise(): { readonly say: string; readonly hangUp: boolean } {
    this.tell('agent', APOLOGY);
    return { say: APOLOGY, hangUp: true };
  }

  /** Platforms do not tell how much of their own words was heard, so all of it counts as heard. */
  private tell(speaker: TextLine['speaker'], text: string): void {
    const { router, isOver } = this.parts;
    if (isOver()) return;
    const itemId = `text-${++this.items}`;
    router.publish('transcript.final', { speaker, itemId, text });
    if (speaker === 'agent') router.publish('agent.item.heard', { itemId, heardMs: 0, errorMs: null });
  }
}
