import type { GatewayError } from '#libs/contracts';
import type { AgentSpeech } from './agent-speech.js';
import type { CallerSpeech } from './caller-speech.js';
import { answerWithoutSound } from './errors.js';
import type { Owed } from './owed.js';
import type { ResponseQueue, Wanted } from './response-queue.js';
import { type Outcome, outcomeOf, type ResponseRecovery } from './response-recovery.js';
import type { ServerResponse } from './server-objects.js';
import type { SessionContext } from './session-context.js';
import type { ToolCalls } from './tool-calls.js';

/** Responses whose end the call still waits for. A good server runs one. */
const MAX_ANNOUNCED = 32;

export interface ResponseParts {
  readonly agent: AgentSpeech;
  readonly caller: CallerSpeech;
  readonly responses: ResponseQueue;
  readonly recovery: ResponseRecovery;
  readonly tools: ToolCalls;
  readonly owed: Owed;
}

/** Each response from its begin to its end: every part that it concerns learns of both, and the call of each exactly once. */
export class ResponseLife {
  private readonly announced = new Set<string>();

  constructor(
    private readonly context: SessionContext,
    private readonly parts: ResponseParts,
  ) {}

  onCreated(response: ServerResponse): void {
    const { caller, responses, recovery, owed } = this.parts;
    const wanted = responses.onCreated(response);
    if (wanted) owed.begun();
    caller.onAnswered();
    recovery.close();
    this.announced.add(response.id);
    if (this.announced.size > MAX_ANNOUNCED) this.announced.delete(this.announced.values().next().value!);
    this.context.listener.onResponseStarted(response.id);
    if (!wanted) this.cancel(response.id);
  }

  /** `asked`: what the response was for; null when it is not the running one. */
  onDone(response: ServerResponse): { readonly outcome: Outcome; readonly asked: Wanted | null } {
    const { agent, responses, tools, owed } = this.parts;
    const outcome = outcomeOf(response);
    const dropped = agent.isDropped(response.id);
    const silent = !agent.hasSound(response.id) && !dropped;
    agent.onResponseDone(response.id);
    const asked = responses.onDone(response.id);
    if (asked !== null && outcome.status === 'completed' && !dropped && !agent.isPlaying) {
      owed.nothingUnheard();
    }
    const calledTools = tools.onResponseDone(response.id);
    if (this.announced.delete(response.id)) {
      this.context.listener.onResponseFinished(response.id, outcome.status, outcome.error);
      if (outcome.status === 'completed' && silent && !calledTools) {
        this.context.listener.onAiFault(answerWithoutSound());
      }
    }
    return { outcome, asked };
  }

  /** The caller is to hear no more of what runs, nor of what was asked for. */
  interrupt(): void {
    const { agent, responses } = this.parts;
    const { activeId } = responses;
    responses.interrupt(activeId !== null && agent.hasSound(activeId));
    if (activeId !== null && !agent.isDropped(activeId)) this.cancel(activeId);
  }

  /** The server has cancelled what it was saying; what is still on its way must not be played. */
  cancelledByServer(): void {
    const { activeId } = this.parts.responses;
    if (activeId !== null) this.parts.agent.drop(activeId);
  }

  /** The session in which they ran is left: they have failed. To be told when every part has let go of it. */
  disconnect(error: GatewayError): void {
    for (const responseId of this.announced)
      this.context.listener.onResponseFinished(responseId, 'failed', error);
    this.announced.clear();
  }

  private cancel(responseId: string): void {
    this.parts.agent.drop(responseId);
    this.context.send({ type: 'response.cancel', response_id: responseId });
  }
}
