import { afterEach, describe, expect, it } from '@jest/globals';
import { PCM, quiet, speak } from './testing/caller-voice.js';
import { closeSims, connected, MANUAL } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

type Json = Record<string, unknown>;

describe('usage', () => {
  it('counts real durations: 10 tokens a second of the caller, 20 of the agent', async () => {
    const { client } = await connected(
      { answer: { hz: 440, ms: 2000 } },
      { ...MANUAL, instructions: 'x'.repeat(400) },
    );
    speak(client, quiet(3000, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    client.send({ type: 'response.create' });
    const { response: first } = (await client.next('response.done')) as { response: Json };
    // 'A tone of 440 hertz.', each delta rounded up for itself.
    const words = 7;
    expect(first.usage).toEqual({
      total_tokens: 100 + 30 + 40 + words,
      input_tokens: 100 + 30,
      output_tokens: 40 + words,
      input_token_details: {
        text_tokens: 100,
        audio_tokens: 30,
        image_tokens: 0,
        cached_tokens: 0,
        cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
      },
      output_token_details: { text_tokens: words, audio_tokens: 40 },
    });
    client.send({ type: 'response.create' });
    expect(await client.next('response.done', 2)).toMatchObject({
      response: {
        usage: {
          input_token_details: {
            text_tokens: 100,
            audio_tokens: 70,
            cached_tokens: 130,
            cached_tokens_details: { text_tokens: 100, audio_tokens: 30 },
          },
        },
      },
    });
  });

  it('leaves the cache alone where a response brings its own input', async () => {
    const { client } = await connected({ answer: { hz: 440, ms: 1000 } }, { instructions: 'x'.repeat(400) });
    client.send({ type: 'response.create' });
    client.send({ type: 'response.create', response: { conversation: 'none', input: [] } });
    client.send({ type: 'response.create' });
    const cached = [];
    for (const nth of [1, 2, 3]) {
      const { response } = (await client.next('response.done', nth)) as { response: Json };
      cached.push((response.usage as { input_token_details: Json }).input_token_details.cached_tokens);
    }
    expect(cached).toEqual([0, 0, 100]);
  });

  it('forgets what was truncated, and loses the cache by it', async () => {
    const { client, session } = await connected({ answer: { hz: 440, ms: 2000 } });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    const item_id = session.items[0]?.id;
    client.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 500 });
    client.send({ type: 'response.create' });
    expect(await client.next('response.done', 2)).toMatchObject({
      response: { usage: { input_token_details: { audio_tokens: 10, cached_tokens: 0 } } },
    });
  });

  it('is announced against a limit', async () => {
    const { client } = await connected();
    client.send({ type: 'response.create' });
    const { rate_limits: limits } = await client.next('rate_limits.updated');
    const { response } = (await client.next('response.done')) as {
      response: { usage: { total_tokens: number } };
    };
    expect(limits).toMatchObject([
      { name: 'tokens', limit: 200_000, remaining: 200_000 - response.usage.total_tokens },
    ]);
  });

  it('ends a response that reaches max_output_tokens in the middle of a word', async () => {
    const { client, session } = await connected({ answer: { hz: 440, ms: 5000 } });
    client.send({ type: 'response.create', response: { max_output_tokens: 40 } });
    expect(await client.next('response.done')).toMatchObject({
      response: {
        status: 'incomplete',
        status_details: { type: 'incomplete', reason: 'max_output_tokens' },
        output: [{ status: 'incomplete' }],
      },
    });
    expect(session.items[0]?.audioMs).toBeLessThanOrEqual(40 * 50);
    expect(session.items[0]?.audioMs).toBeGreaterThan(1000);
  });
});
