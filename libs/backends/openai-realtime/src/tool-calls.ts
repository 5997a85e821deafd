import { createItem, functionOutput } from './client-events.js';
import type { ResponseQueue } from './response-queue.js';
import type { ServerItem } from './server-objects.js';
import type { SessionContext } from './session-context.js';

const MAX_SEEN = 256;
/** OpenAI refuses texts above 256,000 letters, and the model would wait for an answer that never came. */
const MAX_OUTPUT_LETTERS = 200_000;

/** The function calls of one response. They are answered together: one further response when all outputs are there. */
interface CallGroup {
  /** More calls may follow while the response runs. */
  complete: boolean;
  readonly unanswered: Set<string>;
  lastOutputId: string | null;
}

/** Hands out the model's function calls and brings back what they gave. */
export class ToolCalls {
  private readonly groups = new Map<string, CallGroup>();
  private readonly seen = new Set<string>();

  constructor(
    private readonly context: SessionContext,
    private readonly responses: ResponseQueue,
  ) {}

  /** `response.output_item.done` of a function call. The item is the only trigger, so that no call runs twice. */
  onCall(responseId: string, { callId, name, status, arguments: args }: ServerItem): void {
    // Arguments of a call that was broken off are half a JSON text.
    if (callId === null || name === null || (status !== null && status !== 'completed')) return;
    if (this.seen.has(callId)) return;
    this.seen.add(callId);
    if (this.seen.size > MAX_SEEN) this.seen.delete(this.seen.keys().next().value!);
    let group = this.groups.get(responseId);
    if (group === undefined) {
      group = { complete: false, unanswered: new Set(), lastOutputId: null };
      this.groups.set(responseId, group);
    }
    group.unanswered.add(callId);
    this.context.history.functionCalled(callId, name, args ?? '');
    this.context.listener.onToolCall({ toolCallId: callId, name, arguments: args ?? '' });
  }

  /** True: the response ended in function calls. */
  onResponseDone(responseId: string): boolean {
    const group = this.groups.get(responseId);
    if (group === undefined) return false;
    group.complete = true;
    this.settle(responseId, group);
    return true;
  }

  answer(callId: string, output: string): void {
    for (const [responseId, group] of this.groups) {
      if (!group.unanswered.delete(callId)) continue;
      const { history, newId, send } = this.context;
      const told = output.slice(0, MAX_OUTPUT_LETTERS);
      history.functionAnswered(callId, told);
      group.lastOutputId = newId();
      send(createItem(functionOutput(group.lastOutputId, history.wireCallId(callId) ?? callId, told)));
      this.settle(responseId, group);
      return;
    }
    this.context.call.log.debug(
      { toolCallId: callId },
      'The result of a function that no session waits for was dropped.',
    );
  }

  /** The connection is gone: no response runs any more, and a new session knows only the calls that it will be told of. */
  disconnect(): void {
    for (const [responseId, group] of this.groups) {
      group.complete = true;
      for (const callId of group.unanswered) {
        if (this.context.history.wireCallId(callId) === null) group.unanswered.delete(callId);
      }
      if (group.unanswered.size === 0) this.groups.delete(responseId);
    }
  }

  private settle(responseId: string, group: CallGroup): void {
    if (!group.complete || group.unanswered.size > 0) return;
    this.groups.delete(responseId);
    this.responses.request('answer', group.lastOutputId);
  }
}
