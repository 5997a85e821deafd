import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { settingsOf } from '#libs/contracts';
import { CapturedLog, ManualClock } from '#libs/testing';
import { callOptions, configWith, LOOKUP } from '../test/call-options.js';
import { breachOfSchema } from '../test/client-schema.js';
import { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { greetingParams, sessionUpdate } from './session-config.js';

const URL = 'wss://api.openai.com/v1/realtime';

function updateOf(settings: Partial<OpenAiRealtimeConfig> = {}, agent = {}): Record<string, unknown> {
  const config = configWith(URL, settings);
  const options = callOptions({
    config,
    clock: new ManualClock(),
    log: new CapturedLog(),
    agent,
    tools: [LOOKUP],
  });
  const update = sessionUpdate(config, options);
  expect(breachOfSchema(update)).toBeNull();
  return (update as unknown as { session: Record<string, unknown> }).session;
}

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const anyConfig: fc.Arbitrary<Partial<OpenAiRealtimeConfig>> = fc.record({
  audioFormat: fc.constantFrom('pcm', 'pcmu', 'pcma'),
  voice: orNull(fc.constantFrom('marin', 'voice_123')),
  speed: orNull(fc.double({ min: 0.25, max: 1.5, noNaN: true })),
  noiseReduction: orNull(fc.constantFrom('near_field', 'far_field')),
  transcriptionModel: orNull(fc.constantFrom('gpt-transcribe', 'whisper-1')),
  transcriptionLanguage: orNull(fc.constantFrom('en', 'de')),
  transcriptionPrompt: orNull(fc.string()),
  transcriptionKeywords: fc.array(fc.string()),
  transcriptionDelay: orNull(fc.constantFrom('minimal', 'low', 'medium', 'high', 'xhigh')),
  includeLogprobs: fc.boolean(),
  turnDetection: fc.constantFrom('server_vad', 'semantic_vad', 'none'),
  vadThreshold: orNull(fc.double({ min: 0, max: 1, noNaN: true })),
  prefixPaddingMs: orNull(fc.nat(1000)),
  silenceDurationMs: fc.integer({ min: 50, max: 2000 }),
  idleTimeoutMs: orNull(fc.integer({ min: 5000, max: 30_000 })),
  eagerness: orNull(fc.constantFrom('low', 'medium', 'high', 'auto')),
  createResponse: fc.boolean(),
  interruptResponse: fc.boolean(),
  maxOutputTokens: orNull(fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.constant('inf' as const))),
  truncation: orNull(fc.constantFrom('auto', 'disabled', 'retention_ratio')),
  retentionRatio: fc.double({ min: 0, max: 1, noNaN: true }),
  postInstructionsTokens: orNull(fc.nat(20_000)),
  reasoningEffort: orNull(fc.constantFrom('minimal', 'low', 'medium', 'high', 'xhigh')),
  parallelToolCalls: orNull(fc.boolean()),
  toolChoice: orNull(fc.constantFrom('none', 'auto', 'required', 'lookup_order')),
  tracingWorkflow: orNull(fc.string()),
});

describe('the configuration of a session', () => {
  it('is one that OpenAI takes, whatever is set', () => {
    fc.assert(
      fc.property(anyConfig, (settings) => {
        expect(validateSync(configWith(URL, settings))).toEqual([]);
        updateOf(settings);
      }),
    );
  });

  it('leaves out what is not set, and always names type, formats and the pause that ends a turn', () => {
    expect(updateOf({ voice: null, transcriptionModel: null })).toEqual({
      type: 'realtime',
      instructions: 'You answer the phone for Acme.',
      output_modalities: ['audio'],
      audio: {
        input: {
          format: { type: 'audio/pcm', rate: 24_000 },
          turn_detection: {
            type: 'server_vad',
            silence_duration_ms: 500,
            create_response: true,
            interrupt_response: true,
          },
        },
        output: { format: { type: 'audio/pcm', rate: 24_000 } },
      },
      tools: [{ type: 'function', ...LOOKUP }],
    });
  });

  it('sets the same telephone format for both directions, without a rate', () => {
    expect(updateOf({ audioFormat: 'pcma' })).toMatchObject({
      audio: { input: { format: { type: 'audio/pcma' } }, output: { format: { type: 'audio/pcma' } } },
    });
  });

  it("prefers the agent's voice and language", () => {
    expect(updateOf({ voice: 'marin' }, { voice: 'cedar', language: 'fr' })).toMatchObject({
      audio: { output: { voice: 'cedar' }, input: { transcription: { language: 'fr' } } },
    });
  });

  it('switches voice detection off in so many words', () => {
    expect(updateOf({ turnDetection: 'none' })).toMatchObject({ audio: { input: { turn_detection: null } } });
  });

  it('makes a greeting that repeats the instructions and calls no functions', () => {
    const params = greetingParams('Be kind.', 'Good morning.');
    expect(breachOfSchema({ type: 'response.create', response: params })).toBeNull();
    expect(params).toEqual({
      instructions:
        'Be kind.\n\nThe call has just been answered. Greet the caller with: "Good morning." and nothing else.',
      tool_choice: 'none',
      metadata: { purpose: 'greeting' },
    });
  });
});

describe('the settings', () => {
  it('are all explained, and only the key is secret', () => {
    const keys = Object.keys(new OpenAiRealtimeConfig());
    expect(settingsOf(OpenAiRealtimeConfig).map((setting) => setting.key)).toEqual(keys);
    expect(settingsOf(OpenAiRealtimeConfig).flatMap(({ secret, key }) => (secret ? [key] : []))).toEqual([
      'apiKey',
    ]);
  });

  it('are good as they come', () => {
    expect(validateSync(new OpenAiRealtimeConfig())).toEqual([]);
  });

  it.each([
    ['apiKey', 'sk-a\nb'],
    ['url', 'https://api.openai.com/v1/realtime'],
    ['url', 'wss://user:secret@host/'],
    ['model', ' '],
    ['audioFormat', 'opus'],
    ['speed', 2],
    ['turnDetection', 'guess'],
    ['idleTimeoutMs', 100],
    ['maxOutputTokens', 5000],
    ['maxOutputTokens', 'all'],
    ['toolChoice', 7],
    ['prices', { 'my-model': { audio_inn: 3 } }],
    ['prices', { 'my-model': { audio_in: -3 } }],
    ['prices', []],
  ])('refuse %s = %j', (key, value) => {
    const config = Object.assign(new OpenAiRealtimeConfig(), { [key]: value });
    expect(validateSync(config).map((error) => error.property)).toEqual([key]);
  });
});
