import { describe, expect, it } from '@jest/globals';
import { configWith } from '../test/call-options.js';
import { textAddress } from './text-endpoint.js';

const OPENAI = 'wss://api.openai.com/v1/realtime';
const AZURE = 'wss://my-resource.openai.azure.com/openai/v1/realtime';

describe('the address for text', () => {
  it.each([
    ["is OpenAI's where the voices are", OPENAI, {}, 'https://api.openai.com/v1/chat/completions'],
    [
      'stays in the region of the voices',
      'wss://eu.api.openai.com/v1/realtime',
      {},
      'https://eu.api.openai.com/v1/chat/completions',
    ],
    ["is none at Azure, whose key is no business of OpenAI's", AZURE, {}, null],
    ['is none at a compatible server', 'ws://127.0.0.1:9000/v1/realtime', {}, null],
    ['is none at a host that only sounds like OpenAI', 'wss://notopenai.com/v1/realtime', {}, null],
    [
      'is the one that is set, wherever that is',
      AZURE,
      { textUrl: 'https://my-resource.openai.azure.com/openai/v1/chat/completions' },
      'https://my-resource.openai.azure.com/openai/v1/chat/completions',
    ],
    ['is none without a key', OPENAI, { apiKey: '' }, null],
  ] as const)('%s', (_what, url, settings, address) => {
    expect(textAddress(configWith(url, settings))).toBe(address);
  });
});
