import { describe, expect, it } from '@jest/globals';
import { PriceList } from './pricing.js';

const prices = new PriceList();

/** 300 in (220 text of which 192 cached, 80 audio), 112 out (24 text, 88 audio). */
const USAGE = {
  total_tokens: 412,
  input_tokens: 300,
  output_tokens: 112,
  input_token_details: {
    text_tokens: 220,
    audio_tokens: 80,
    image_tokens: 0,
    cached_tokens: 192,
    cached_tokens_details: { text_tokens: 192, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 24, audio_tokens: 88 },
};

describe('PriceList, of a response', () => {
  it('splits tokens into kinds that do not overlap, and adds up their prices', () => {
    const usage = prices.responseUsage('gpt-realtime-2.1', USAGE);
    expect(usage?.tokens).toEqual({
      text_in: 28,
      text_cached: 192,
      text_out: 24,
      audio_in: 80,
      audio_out: 88,
    });
    expect(usage?.costUsd).toBeCloseTo((28 * 4 + 192 * 0.4 + 24 * 24 + 80 * 32 + 88 * 64) / 1e6, 12);
  });

  it('of an answer by text splits cached tokens off, and charges the text model', () => {
    const usage = prices.textUsage('gpt-4.1-mini', {
      prompt_tokens: 1000,
      completion_tokens: 50,
      prompt_tokens_details: { cached_tokens: 800 },
    });
    expect(usage?.tokens).toEqual({ text_in: 200, text_cached: 800, text_out: 50 });
    expect(usage?.costUsd).toBeCloseTo((200 * 0.4 + 800 * 0.1 + 50 * 1.6) / 1e6, 12);
    expect(prices.textUsage('gpt-4.1-mini', null)).toBeNull();
    expect(prices.textUsage('my-deployment', { prompt_tokens: 1 })).toEqual({
      tokens: { text_in: 1 },
      costUsd: null,
    });
  });

  it('charges a dated snapshot like its model', () => {
    expect(prices.responseUsage('gpt-realtime-2025-08-28', USAGE)?.costUsd).toBe(
      prices.responseUsage('gpt-realtime', USAGE)?.costUsd,
    );
  });

  it('does not know the cost of a model it does not know, but its tokens', () => {
    const usage = prices.responseUsage('my-deployment', USAGE);
    expect(usage?.costUsd).toBeNull();
    expect(usage?.tokens.audio_out).toBe(88);
    expect(prices.responseUsage('constructor', USAGE)?.costUsd).toBeNull();
  });

  it('believes the prices of the operator before its own', () => {
    const own = new PriceList({
      'my-deployment': { text_in: 1, text_cached: 1, text_out: 1, audio_in: 1, audio_out: 1 },
    });
    expect(own.responseUsage('my-deployment', USAGE)?.costUsd).toBeCloseTo(412 / 1e6, 12);
  });

  it('does not know the cost when one kind that was used has no price', () => {
    const own = new PriceList({ 'my-deployment': { text_in: 1, text_cached: 1, text_out: 1, audio_in: 1 } });
    expect(own.responseUsage('my-deployment', USAGE)?.costUsd).toBeNull();
  });

  it('counts cached tokens as text where the server does not say which they are', () => {
    const { cached_tokens_details: _none, ...details } = USAGE.input_token_details;
    const usage = prices.responseUsage('gpt-realtime-2.1', { ...USAGE, input_token_details: details });
    expect(usage?.tokens).toMatchObject({ text_in: 28, text_cached: 192 });
  });

  it('never counts more cached tokens than tokens', () => {
    const usage = prices.responseUsage('gpt-realtime-2.1', {
      input_token_details: { text_tokens: 10, audio_tokens: -5, cached_tokens: 500 },
    });
    expect(usage).toEqual({ tokens: { text_cached: 10 }, costUsd: (10 * 0.4) / 1e6 });
  });

  it('reports nothing where the server reports nothing', () => {
    expect(prices.responseUsage('gpt-realtime-2.1', null)).toBeNull();
  });
});

describe('PriceList, of a transcription', () => {
  it('charges seconds by the minute', () => {
    expect(prices.transcriptionUsage('gpt-transcribe', { type: 'duration', seconds: 30 })).toEqual({
      tokens: {},
      costUsd: 0.00225,
    });
  });

  it('charges tokens of a model that is sold by the token', () => {
    const usage = {
      type: 'tokens',
      input_tokens: 30,
      input_token_details: { text_tokens: 0, audio_tokens: 30 },
      output_tokens: 9,
    };
    expect(prices.transcriptionUsage('gpt-4o-mini-transcribe-2025-12-15', usage)).toEqual({
      tokens: { audio_in: 30, text_out: 9 },
      costUsd: (30 * 1.25 + 9 * 5) / 1e6,
    });
  });

  it('turns tokens into minutes where the model is sold by the minute', () => {
    const usage = { type: 'tokens', input_tokens: 600, output_tokens: 20 };
    expect(prices.transcriptionUsage('gpt-transcribe', usage)).toEqual({
      tokens: { audio_in: 600, text_out: 20 },
      costUsd: 0.0045,
    });
  });

  it('does not know the cost of an unknown model', () => {
    expect(prices.transcriptionUsage('parrot', { type: 'duration', seconds: 3 })?.costUsd).toBeNull();
    expect(prices.transcriptionUsage('parrot', { type: 'tokens', input_tokens: 3 })?.costUsd).toBeNull();
  });

  it('reports nothing of a usage in no known shape', () => {
    expect(prices.transcriptionUsage('gpt-transcribe', null)).toBeNull();
    expect(prices.transcriptionUsage('gpt-transcribe', { type: 'bananas' })).toBeNull();
  });
});
