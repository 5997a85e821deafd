import { describe, expect, it } from '@jest/globals';
import type { PluginHost } from '#libs/contracts';
import { CapturedLog, systemClock } from '#libs/testing';
import { CallEar } from '../test/call-ear.js';
import { callOptions, configWith, MULAW } from '../test/call-options.js';
import plugin from './index.js';
import { OpenAiRealtimeBackend } from './openai-realtime.backend.js';
import { OpenAiRealtimeConfig } from './openai-realtime.config.js';

const OPENAI = 'wss://api.openai.com/v1/realtime';

describe('OpenAiRealtimeBackend', () => {
  it('is a backend plug-in', () => {
    expect(plugin).toMatchObject({ kind: 'backend', name: 'openai-realtime', config: OpenAiRealtimeConfig });
  });

  it.each([
    ['pcm', 'pcm16', 24_000],
    ['pcmu', 'mulaw', 8000],
    ['pcma', 'alaw', 8000],
  ] as const)('speaks one format both ways: %s is %s at %i Hz', (audioFormat, encoding, sampleRate) => {
    const { capabilities } = new OpenAiRealtimeBackend(configWith(OPENAI, { audioFormat }));
    expect(capabilities).toEqual({
      callerFormats: [{ encoding, sampleRate }],
      agentFormats: [{ encoding, sampleRate }],
      truncation: true,
      speechEvents: true,
      tools: true,
      maxSessionMs: 3_600_000,
    });
  });

  it('reports no speech where it detects none', () => {
    const { capabilities } = new OpenAiRealtimeBackend(configWith(OPENAI, { turnDetection: 'none' }));
    expect(capabilities.speechEvents).toBe(false);
  });

  it('connects nowhere without a key, and with no format but its own', async () => {
    const connect = (settings: Partial<OpenAiRealtimeConfig>, callerFormat = MULAW) => {
      const config = configWith('ws://127.0.0.1:1/', { audioFormat: 'pcmu', ...settings });
      const options = callOptions({ config, clock: systemClock, log: new CapturedLog() });
      const backend = new OpenAiRealtimeBackend(config);
      return backend.connect({ ...options, callerFormat }, new CallEar(), new AbortController().signal);
    };
    await expect(connect({ apiKey: '' })).rejects.toMatchObject({ code: 'OPENAI_KEY_MISSING' });
    const other = { encoding: 'pcm16', sampleRate: 16_000 } as const;
    await expect(connect({}, other)).rejects.toMatchObject({ code: 'OPENAI_FORMAT_UNSUPPORTED' });
  });

  it.each([
    ['says what is configured', {}, 'ready', 'gpt-realtime-2.1 at api.openai.com, sound as pcm'],
    ['asks for the key', { apiKey: '' }, 'incomplete', 'set OPENAI_API_KEY'],
    [
      'warns of an open line',
      { url: 'ws://10.0.0.1/v1' },
      'ready',
      'the key travels unencrypted: use wss://',
    ],
    [
      'warns of an open line for text',
      { textUrl: 'http://10.0.0.1/v1/chat/completions' },
      'ready',
      'the key travels unencrypted: use https://',
    ],
    [
      'warns of a model without a price',
      { model: 'm' },
      'ready',
      'the price of this model is not known: set prices to count its cost',
    ],
  ] as const)('%s on the start-up page', (_what, settings, state, line) => {
    const [entry] = new OpenAiRealtimeBackend(configWith(OPENAI, settings)).setup();
    expect(entry?.state).toBe(state);
    expect(entry?.lines).toContain(line);
    expect(JSON.stringify(entry)).not.toContain('sk-secret');
  });

  it('does not warn of a server on this machine', () => {
    const textUrl = 'http://localhost:9000/v1/chat/completions';
    const [entry] = new OpenAiRealtimeBackend(
      configWith('ws://127.0.0.1:9000/v1/realtime', { textUrl }),
    ).setup();
    expect(entry?.lines.join()).not.toContain('unencrypted');
    expect(entry?.lines).toContain('by text where an agent allows it: gpt-4.1-mini at localhost:9000');
  });

  it.each([
    [OPENAI, {}, true],
    [OPENAI, { apiKey: '' }, false],
    ['wss://my-resource.openai.azure.com/openai/v1/realtime', {}, false],
  ] as const)('answers by text at %s with %j: %s', (url, settings, answers) => {
    const host = { clock: systemClock } as PluginHost;
    const backend = plugin.create(configWith(url, settings), host);
    expect(typeof backend.text?.reply === 'function').toBe(answers);
    expect(backend.setup()[0]?.lines.some((line) => line.startsWith('by text'))).toBe(answers);
  });
});
