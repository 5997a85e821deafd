import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { simulatorFile } from '../simulator-file.js';
import { PCM, recorded, say, speak } from './testing/caller-voice.js';
import { PlainClient } from './testing/plain-client.js';
import { closeSims, connected, startSim } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

const names = JSON.parse(readFileSync(simulatorFile('openai-schema', 'event-names.json'), 'utf8')) as Record<
  string,
  string[]
>;

describe('the compatible dialect', () => {
  it('has only names of the beta, one event for an item, no usage and no rate limits', async () => {
    const sim = await startSim({ compat: true });
    const client = PlainClient.open(`${sim.url}?model=m`);
    await client.next('session.created');
    await client.update({ output_modalities: ['audio'] });
    say(client, 'caller-bye');
    const { response } = (await client.next('response.done')) as { response: Record<string, unknown> };
    client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    await client.next('response.text.done');
    await client.next('response.done', 2);
    expect(client.types.filter((type) => !names.betaServer?.includes(type))).toEqual([]);
    expect(client.types).toEqual(
      expect.arrayContaining(['response.audio.delta', 'response.audio_transcript.done']),
    );
    expect(client.types).not.toContain('rate_limits.updated');
    expect(response).not.toHaveProperty('usage');
    expect(response).toMatchObject({
      status_details: null,
      output: [{ object: 'realtime.item', content: [{ type: 'audio' }] }],
    });
    expect(client.journal.ofType('conversation.item.created')).toHaveLength(3);
  });

  it('gives reasons as plain text', async () => {
    const sim = await startSim({
      compat: true,
      speed: 1,
      answer: { hz: 440, ms: 5000 },
      faults: [{ kind: 'fail-response', value: 'server_error' }],
    });
    const client = PlainClient.open(`${sim.url}?model=m`);
    await client.next('session.created');
    client.send({ type: 'response.create' });
    expect(await client.next('response.done')).toMatchObject({
      response: { status: 'failed', status_details: 'The response failed: server_error.' },
    });
    client.send({ type: 'response.create' });
    await client.next('response.audio.delta');
    speak(client, recorded('caller-stop', PCM));
    expect(await client.next('response.done', 2)).toMatchObject({
      response: { status: 'cancelled', status_details: 'turn_detected' },
    });
  });
});

describe('strangeness', () => {
  it('puts unknown fields into events and unknown events between them, the same with every run', async () => {
    const seen: string[][] = [];
    for (const _run of [1, 2]) {
      const sim = await startSim({
        strange: 0.6,
        seed: 7,
        answer: () => ({ say: 'one two three four five six seven' }),
      });
      const client = PlainClient.open(`${sim.url}?model=m`);
      await client.next('session.created');
      client.send({ type: 'response.create' });
      await client.next('rate_limits.updated');
      expect(client.events.some(({ event }) => event.x_experiment !== undefined)).toBe(true);
      expect(client.types).toContain('response.mood.delta');
      expect(client.invalid.every((reason) => reason.startsWith('response.mood.delta'))).toBe(true);
      seen.push(client.types);
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  it('is absent unless asked for', async () => {
    const { client } = await connected();
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(client.types.filter((type) => !names.server?.includes(type))).toEqual([]);
  });
});
