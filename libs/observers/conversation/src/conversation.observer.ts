import type { CallObserver, CallView, Clock } from '#libs/contracts';
import { CallConversation } from './call-conversation.js';
import type { ConversationConfig } from './conversation.config.js';

/** Measures the conversation of every call, and publishes the figures on the call's own router. */
export class ConversationObserver implements CallObserver {
  readonly name = 'conversation';
  /** Backends that were seen to write down what a caller said. */
  private readonly writers = new Set<string>();

  constructor(
    private readonly config: ConversationConfig,
    private readonly clock: Clock,
  ) {}

  onCall(call: CallView): () => void {
    const conversation = new CallConversation(call, this.config, this.clock, this.writers);
    return () => conversation.close();
  }
}
