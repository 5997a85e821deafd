import type { Prompt } from './answers.js';
import type { SimItem } from './items.js';
import type { Fields } from './outbox.js';
import type { ResponseRequest } from './response-request.js';
import type { SessionConfig } from './session-config.js';
import type { Turn } from './turns.js';

/** What came in since the model last answered, and the prompts that are made of it. */
export class Unanswered {
  private heard: Turn | null = null;
  private typed: string | null = null;
  private toolOutputs: { callId: string; output: string }[] = [];
  private count = 0;

  constructor(private readonly wordsOf: (turn: Turn) => string | null) {}

  addTurn(turn: Turn): void {
    this.heard = turn;
  }

  addItem(item: SimItem): void {
    const { content, call_id: callId, output } = item.fields;
    if (item.kind === 'function_call_output') {
      this.toolOutputs.push({ callId: String(callId), output: String(output) });
    } else if (item.role === 'user' && Array.isArray(content)) {
      this.typed = content.map((part: Fields) => part.text ?? '').join(' ');
    }
  }

  /** An answer in the conversation answers all of it; one out of band leaves it for the next. */
  prompt(request: ResponseRequest, config: SessionConfig, reason: Prompt['reason']): Prompt {
    const { heard, typed, toolOutputs } = this;
    if (request.conversation !== 'none') {
      this.heard = null;
      this.typed = null;
      this.toolOutputs = [];
    }
    const functions = (request.tools ?? config.tools).filter((tool) => tool.type === 'function');
    const forbidden = (request.tool_choice ?? config.tool_choice) === 'none';
    return {
      sessionId: config.id,
      index: this.count++,
      reason,
      heard,
      words: heard === null ? null : this.wordsOf(heard),
      text: typed,
      toolOutputs,
      instructions: request.instructions ?? config.instructions,
      toolNames: forbidden ? [] : functions.map((tool) => String(tool.name)),
      request,
    };
  }
}
