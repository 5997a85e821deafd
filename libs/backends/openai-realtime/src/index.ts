import { defineBackend } from '#libs/contracts';
import { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
import { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { textModelOf } from './text-model.js';

export { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
export { OpenAiRealtimeConfig } from './openai-realtime.config.js';

export default defineBackend({
  name: 'openai-realtime',
  config: OpenAiRealtimeConfig,
  ready: ({ apiKey }) => apiKey !== null && apiKey !== '',
  create: (config, { clock }) => new OpenAiRealtimeBackend(config, textModelOf(config, clock)),
});
