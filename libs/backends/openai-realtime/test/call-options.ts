import type { AgentSettings, AiOptions, AudioFormat, Clock, Log, ToolDefinition } from '#libs/contracts';
import { OpenAiRealtimeConfig } from '../src/openai-realtime.config.js';
import { audioFormatOf } from '../src/session-config.js';

export const PCM: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
export const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

export const LOOKUP: ToolDefinition = {
  name: 'lookup_order',
  description: 'Find an order by number.',
  parameters: { type: 'object', properties: { number: { type: 'string' } }, required: ['number'] },
};

export function configWith(url: string, settings: Partial<OpenAiRealtimeConfig> = {}): OpenAiRealtimeConfig {
  return Object.assign(new OpenAiRealtimeConfig(), { url, apiKey: 'sk-secret-of-this-test' }, settings);
}

export interface CallWishes {
  readonly config: OpenAiRealtimeConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly agent?: Partial<AgentSettings>;
  readonly tools?: readonly ToolDefinition[];
  readonly callerHash?: string | null;
}

export function callOptions({ config, clock, log, agent, tools, callerHash }: CallWishes): AiOptions {
  const format = audioFormatOf(config);
  return {
    callId: 'call-1',
    agent: {
      instructions: 'You answer the phone for Acme.',
      greeting: 'Good morning, Acme.',
      voice: null,
      language: null,
      ...agent,
    },
    callerFormat: format,
    agentFormat: format,
    tools: tools ?? [],
    callerHash: callerHash ?? null,
    log,
    clock,
  };
}
