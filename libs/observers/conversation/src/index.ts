import { defineObserver } from '#libs/contracts';
import { ConversationConfig } from './conversation.config.js';
import { ConversationObserver } from './conversation.observer.js';

export default defineObserver({
  name: 'conversation',
  config: ConversationConfig,
  create: (config, { clock }) => new ConversationObserver(config, clock),
});
