import { afterEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '#libs/testing';
import { PCM, quiet, say, speak } from './testing/caller-voice.js';
import { PlainClient } from './testing/plain-client.js';
import { closeSims, connected, startSim } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

const DELTA = 'conversation.item.input_audio_transcription.delta';
const COMPLETED = 'conversation.item.input_audio_transcription.completed';
const FAILED = 'conversation.item.input_audio_transcription.failed';

const transcribed = (model: string) => ({
  audio: { input: { transcription: { model }, turn_detection: null } },
});

describe('transcription', () => {
  it('comes in its own time, after the response if need be, and then stands in the item', async () => {
    const clock = new ManualClock();
    const { client, session } = await connected(
      { clock, transcribe: () => 'Where is my order?', transcribeMs: 800 },
      { audio: { input: { transcription: { model: 'gpt-transcribe' } } } },
    );
    say(client, 'caller-bye');
    await client.next('response.done');
    const itemId = session.turns[0]?.itemId;
    expect(client.types).not.toContain(COMPLETED);
    clock.advance(800);
    expect(await client.next(COMPLETED)).toMatchObject({
      item_id: itemId,
      content_index: 0,
      transcript: 'Where is my order?',
    });
    const deltas = client.journal.ofType(DELTA).map(({ event }) => event);
    expect(deltas.map(({ delta }) => delta).join('')).toBe('Where is my order?');
    expect(deltas.every(({ item_id }) => item_id === itemId)).toBe(true);
    client.send({ type: 'conversation.item.retrieve', item_id: itemId });
    expect(await client.next('conversation.item.retrieved')).toMatchObject({
      item: { content: [{ transcript: 'Where is my order?' }] },
    });
  });

  it.each([
    ['gpt-transcribe', { type: 'duration', seconds: 2 }],
    ['gpt-4o-transcribe', { type: 'tokens', input_tokens: 12, output_tokens: 1, total_tokens: 13 }],
  ])('of %s reports its own usage', async (model, usage) => {
    const { client } = await connected({ transcribe: () => 'Hm.', transcribeMs: 0 }, transcribed(model));
    speak(client, quiet(1200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(await client.next(COMPLETED)).toMatchObject({ usage });
  });

  it('of whisper-1 is one delta', async () => {
    const { client } = await connected(
      { transcribe: () => 'One two three.', transcribeMs: 0 },
      transcribed('whisper-1'),
    );
    speak(client, quiet(200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next(COMPLETED);
    expect(client.journal.ofType(DELTA)).toHaveLength(1);
  });

  it('may fail, and harms nothing', async () => {
    const { client } = await connected({ transcribe: () => null, transcribeMs: 0 }, transcribed('whisper-1'));
    speak(client, quiet(200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(await client.next(FAILED)).toMatchObject({
      error: { type: 'transcription_error', code: 'audio_unintelligible' },
    });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(client.types).not.toContain(COMPLETED);
  });

  it('carries probabilities where they are asked for', async () => {
    const include = ['item.input_audio_transcription.logprobs'];
    const { client } = await connected(
      { transcribe: () => 'Hm.', transcribeMs: 0 },
      { ...transcribed('gpt-transcribe'), include },
    );
    speak(client, quiet(200, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(await client.next(COMPLETED)).toMatchObject({ logprobs: [{ token: 'Hm.' }] });
  });

  it('names the turn unless told better, and is silent when nobody asked for it', async () => {
    const { client } = await connected({ transcribeMs: 0 }, transcribed('gpt-transcribe'));
    speak(client, quiet(1500, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    expect(await client.next(COMPLETED)).toMatchObject({ transcript: 'Turn 1, 1.5 seconds.' });
    await client.update({ audio: { input: { transcription: null } } });
    speak(client, quiet(1500, PCM));
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('input_audio_buffer.committed', 2);
    await client.settled();
    expect(client.journal.ofType(COMPLETED)).toHaveLength(1);
  });
});

describe('a transcription session', () => {
  it('writes down and never answers', async () => {
    const sim = await startSim({ transcribe: () => 'Hello.', transcribeMs: 0 });
    const client = PlainClient.open(`${sim.url}?intent=transcription`);
    await client.next('session.created');
    client.send({
      type: 'session.update',
      session: { type: 'transcription', audio: { input: { transcription: { model: 'gpt-transcribe' } } } },
    });
    expect(await client.next('session.updated')).toMatchObject({ session: { type: 'transcription' } });
    say(client, 'caller-bye');
    await client.next(COMPLETED);
    expect(await client.refusalOf({ type: 'response.create' })).toMatchObject({
      type: 'invalid_request_error',
    });
    expect(sim.sessions[0]?.responses).toEqual([]);
    expect(client.invalid).toEqual([]);
  });
});
