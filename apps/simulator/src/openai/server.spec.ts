import { afterEach, describe, expect, it } from '@jest/globals';
import type { OpenAiSimOptions } from './options.js';
import { type OpenAiSim, startOpenAiSim } from './server.js';
import { PlainClient } from './testing/plain-client.js';

let sim: OpenAiSim;

async function start(options: OpenAiSimOptions = {}): Promise<OpenAiSim> {
  sim = await startOpenAiSim({ answer: 'tone', speed: Number.POSITIVE_INFINITY, ...options });
  return sim;
}

afterEach(() => sim.close());

describe('a response', () => {
  it('is streamed in the order of a live capture', async () => {
    const { url } = await start();
    const client = await PlainClient.connect(url);
    await client.update({ audio: { output: { format: { type: 'audio/pcmu' } } } });
    client.send({ type: 'response.create' });
    await client.next('rate_limits.updated');
    expect(client.types.filter((type, index, all) => type !== all[index - 1] && !type.endsWith('.delta'))).toEqual([
      'session.created',
      'session.updated',
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
      'rate_limits.updated',
    ]);
    expect(client.invalid).toEqual([]);
  });
});
