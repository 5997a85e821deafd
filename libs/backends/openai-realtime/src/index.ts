import { defineBackend } from '#libs/contracts';
import { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
import { OpenAiRealtimeConfig } from './openai-realtime.config.js';

export { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
export { OpenAiRealtimeConfig } from './openai-realtime.config.js';

export default defineBackend({
  name: 'openai-realtime',
  config: OpenAiRealtimeConfig,
  ready: ({ apiKey }) => apiKey !== null && apiKey !== '',
  create: (config) => new OpenAiRealtimeBackend(config),
});
