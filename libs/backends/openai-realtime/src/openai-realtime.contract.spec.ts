import { shippedSpeech, startOpenAiSim } from '#apps/simulator';
import { describeBackendContract } from '#libs/testing';
import { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
import { OpenAiRealtimeConfig } from './openai-realtime.config.js';

describeBackendContract({
  name: 'openai-realtime',
  speech: shippedSpeech('caller-hello'),
  open: async () => {
    const sim = await startOpenAiSim({ apiKey: 'k', answer: { hz: 440, ms: 800 } });
    const config = Object.assign(new OpenAiRealtimeConfig(), { apiKey: 'k', url: sim.url });
    return { backend: new OpenAiRealtimeBackend(config), close: () => sim.close() };
  },
});
