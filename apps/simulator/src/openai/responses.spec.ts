import { afterEach, describe, expect, it } from '@jest/globals';
import { decodeMulaw } from '#libs/audio';
import { ManualClock } from '#libs/testing';
import type { Prompt } from './answers.js';
import { PCM, recorded, say } from './testing/caller-voice.js';
import { closeSims, connected, MANUAL } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

const G711 = {
  audio: { input: { format: { type: 'audio/pcmu' } }, output: { format: { type: 'audio/pcmu' } } },
};

type Json = Record<string, unknown>;

/** Neighbours of one kind told once: deltas come in any number. */
function order(types: readonly string[]): string[] {
  return types.filter((type, index) => type !== types[index - 1]);
}

describe('a spoken answer', () => {
  it('is streamed in the order of a live capture', async () => {
    const { client } = await connected({ answer: { hz: 440, ms: 200 }, deltaMs: 200 });
    client.send({ type: 'response.create' });
    await client.next('rate_limits.updated');
    expect(order(client.types.slice(1))).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_audio_transcript.delta',
      'response.output_audio.delta',
      'response.output_audio.done',
      'response.output_audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
      'rate_limits.updated',
    ]);
  });

  it('holds together: ids, transcript, sound and the truth that is kept of it', async () => {
    const { client, session } = await connected({ answer: { hz: 1000, ms: 1000 } }, G711);
    client.send({ type: 'response.create', response: { metadata: { purpose: 'greeting' } } });
    const { response } = (await client.next('response.done')) as { response: Json };
    const [item] = session.responses[0]?.items ?? [];
    expect(await client.next('response.created')).toMatchObject({
      response: {
        id: response.id,
        status: 'in_progress',
        output: [],
        usage: null,
        metadata: { purpose: 'greeting' },
      },
    });
    expect(response).toMatchObject({
      status: 'completed',
      status_details: null,
      metadata: { purpose: 'greeting' },
      output: [
        {
          id: item?.id,
          status: 'completed',
          content: [{ type: 'output_audio', transcript: 'A tone of 1000 hertz.' }],
        },
      ],
      audio: { output: { format: { type: 'audio/pcmu' }, voice: 'alloy' } },
    });
    const words = client.journal
      .ofType('response.output_audio_transcript.delta')
      .map(({ event }) => event.delta);
    expect(words.join('')).toBe('A tone of 1000 hertz.');
    const sound = client.soundOf(item?.id);
    expect(sound.length).toBe(8000);
    expect(Buffer.from(item?.bytes ?? [])).toEqual(sound);
    expect(item).toMatchObject({ audioMs: 1000, truncatedAtMs: null, status: 'completed' });
    expect(item?.sound.map(({ startMs }) => startMs)).toEqual([0, 130, 260, 390, 520, 650, 780, 910]);
    const peak = decodeMulaw(sound).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak).toBeGreaterThan(5000);
    expect(await client.next('conversation.item.added')).toMatchObject({
      previous_item_id: null,
      item: { id: item?.id, status: 'in_progress', content: [] },
    });
  });

  it('runs with its words a little ahead of its sound, not all at once', async () => {
    const { client } = await connected({ deltaMs: 100, answer: { hz: 440, ms: 1000 } });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    const deltas = client.types
      .filter((type) => type.endsWith('.delta'))
      .map((type) => (type.includes('transcript') ? 'w' : 's'));
    expect(deltas.join('')).toBe('wswsswsswsswsss');
  });

  it('is made faster than real time by the factor that was asked for', async () => {
    const clock = new ManualClock();
    const { client } = await connected({
      clock,
      speed: 4,
      deltaMs: 100,
      thinkMs: 50,
      answer: { hz: 440, ms: 1000 },
    });
    const deltas = () => client.journal.ofType('response.output_audio.delta').length;
    client.send({ type: 'response.create' });
    await client.settled();
    expect(deltas()).toBe(0);
    clock.advance(50);
    await client.next('response.output_audio.delta', 1);
    clock.advance(100);
    await client.next('response.output_audio.delta', 5);
    await client.settled();
    expect(deltas()).toBe(5);
    clock.advance(150);
    await client.next('response.done');
    expect(deltas()).toBe(10);
  });

  it('sometimes carries obfuscation beside its words, and never where it is off', async () => {
    for (const obfuscation of [true, false]) {
      const { client } = await connected({
        obfuscation,
        answer: () => ({ say: 'a b c d e f g h i j k l m n o p' }),
      });
      client.send({ type: 'response.create' });
      await client.next('response.done');
      const deltas = client.journal.ofType('response.output_audio_transcript.delta');
      expect(deltas.some(({ event }) => typeof event.obfuscation === 'string')).toBe(obfuscation);
    }
  });
});

describe('answers', () => {
  it('give the caller the own words back in echo mode, in the format of the output', async () => {
    const { client, session } = await connected(
      { answer: 'echo' },
      { audio: { output: { format: { type: 'audio/pcmu' } } } },
    );
    say(client, 'caller-bye');
    await client.next('response.done');
    const [turn] = session.turns;
    const [item] = session.responses[0]?.items ?? [];
    expect(Math.abs((item?.audioMs ?? 0) - (turn?.samples.length ?? 0) / 24)).toBeLessThan(1);
    expect(
      correlation(
        decodeMulaw(item?.bytes ?? new Uint8Array()),
        everyThird(turn?.samples ?? new Int16Array()),
      ),
    ).toBeGreaterThan(0.9);
  });

  it('greet with recorded speech, and answer with recorded speech', async () => {
    const { client, session } = await connected({ answer: 'speech' });
    client.send({ type: 'response.create', response: { instructions: 'Greet.' } });
    await client.next('response.done');
    say(client, 'caller-hours');
    await client.next('response.done', 2);
    const [greeting, answer] = session.responses.map(({ items }) => items[0]);
    expect(greeting?.transcript).toMatch(/^Hello/);
    expect(answer?.transcript).toMatch(/^We are open/);
    say(client, 'caller-bye');
    await client.next('response.done', 3);
    expect(session.responses[2]?.items[0]?.transcript).toMatch(/goodbye\.$/);
    expect(greeting?.bytes.length).toBe(recorded('agent-greeting', PCM).length * 2);
  });

  it.each(['tone', 'echo', 'speech'] as const)('greet in %s mode', async (answer) => {
    const { client, session } = await connected({ answer });
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(session.responses[0]?.items[0]?.audioMs).toBeGreaterThan(500);
  });

  it('come from a script that sees what the model would see', async () => {
    const prompts: Prompt[] = [];
    const script = (prompt: Prompt) => {
      prompts.push(prompt);
      return { say: 'Yes.' };
    };
    const { client, session } = await connected({ answer: script, transcribe: () => 'Hello there.' });
    await client.update({ instructions: 'Be brief.', tools: [{ type: 'function', name: 'f' }] });
    say(client, 'caller-bye');
    await client.next('response.done');
    client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: '[keypad] 12#' }] },
    });
    client.send({ type: 'response.create', response: { instructions: 'Other.', tool_choice: 'none' } });
    await client.next('response.done', 2);
    expect(prompts).toMatchObject([
      {
        index: 0,
        reason: 'turn',
        words: 'Hello there.',
        text: null,
        instructions: 'Be brief.',
        toolNames: ['f'],
      },
      {
        index: 1,
        reason: 'request',
        heard: null,
        words: null,
        text: '[keypad] 12#',
        instructions: 'Other.',
        toolNames: [],
      },
    ]);
    expect(prompts[0]?.heard).toBe(session.turns[0]);
  });

  it('are written where text was asked for', async () => {
    const { client } = await connected({ answer: () => ({ say: 'Sales, please.' }) });
    client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    const { response } = await client.next('response.done');
    await client.next('rate_limits.updated');
    expect(order(client.types.slice(1))).toEqual([
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'conversation.item.done',
      'response.done',
      'rate_limits.updated',
    ]);
    expect(response).toMatchObject({
      output_modalities: ['text'],
      output: [{ content: [{ type: 'output_text', text: 'Sales, please.' }] }],
    });
  });
});

describe('one response at a time', () => {
  const slow = { speed: 1, answer: { hz: 440, ms: 5000 } };

  it('is active in the conversation', async () => {
    const { client, session } = await connected(slow);
    client.send({ type: 'response.create' });
    await client.next('response.created');
    expect(await client.refusalOf({ type: 'response.create', event_id: 'rc-2' })).toMatchObject({
      code: 'conversation_already_has_active_response',
      event_id: 'rc-2',
      message: expect.stringContaining(String(session.responses[0]?.id)),
    });
    expect(session.responses).toHaveLength(1);
  });

  it('leaves those out of band alone, and they leave the conversation alone', async () => {
    const { client, session } = await connected(slow);
    client.send({ type: 'response.create' });
    await client.next('response.output_audio.delta');
    const itemsBefore = session.items.length;
    client.send({
      type: 'response.create',
      response: {
        conversation: 'none',
        output_modalities: ['text'],
        metadata: { job: 'summary' },
        input: [],
      },
    });
    const { response } = (await client.next('response.done')) as { response: Json };
    expect(response).toMatchObject({
      conversation_id: null,
      metadata: { job: 'summary' },
      status: 'completed',
    });
    expect(session.items).toHaveLength(itemsBefore);
    const [written] = response.output as Json[];
    expect(
      client.journal.ofType('conversation.item.added').map(({ event }) => (event.item as Json).id),
    ).not.toContain(written?.id);
    expect(session.responses[0]?.status).toBe('in_progress');
  });

  it('can be cancelled, once', async () => {
    const { client, session } = await connected(slow);
    client.send({ type: 'response.create' });
    await client.next('response.output_audio.delta', 2);
    client.send({ type: 'response.cancel' });
    const { response } = await client.next('response.done');
    expect(response).toMatchObject({
      status: 'cancelled',
      status_details: { type: 'cancelled', reason: 'client_cancelled' },
      output: [{ status: 'incomplete' }],
      usage: { output_token_details: { audio_tokens: Math.ceil((session.items[0]?.audioMs ?? 0) / 50) } },
    });
    expect(await client.refusalOf({ type: 'response.cancel', event_id: 'x-1' })).toMatchObject({
      code: 'response_cancel_not_active',
      event_id: 'x-1',
    });
    const deltas = client.journal.ofType('response.output_audio.delta').length;
    await client.settled();
    expect(client.journal.ofType('response.output_audio.delta')).toHaveLength(deltas);
  });

  it('is cancelled by its id where it is out of band', async () => {
    const { client } = await connected(slow);
    client.send({ type: 'response.create', response: { conversation: 'none' } });
    const { response } = (await client.next('response.created')) as { response: Json };
    expect(await client.refusalOf({ type: 'response.cancel' })).toMatchObject({
      code: 'response_cancel_not_active',
    });
    client.send({ type: 'response.cancel', response_id: response.id });
    expect(await client.next('response.done')).toMatchObject({
      response: { id: response.id, status: 'cancelled' },
    });
    expect(await client.refusalOf({ type: 'response.cancel', response_id: response.id })).toMatchObject({
      code: 'response_cancel_not_active',
    });
  });
});

describe('input of a response', () => {
  it('may refer to items, that have to be there', async () => {
    const { client } = await connected({}, MANUAL);
    client.send({
      type: 'conversation.item.create',
      item: {
        id: 'note',
        type: 'message',
        role: 'system',
        content: [{ type: 'input_text', text: 'x'.repeat(400) }],
      },
    });
    const reference = (id: string) => ({
      type: 'response.create',
      response: { input: [{ type: 'item_reference', id }] },
    });
    expect(await client.refusalOf(reference('nobody'))).toMatchObject({ param: 'response.input[0].id' });
    client.send(reference('note'));
    expect(await client.next('response.done')).toMatchObject({ response: { status: 'completed' } });
  });
});

function everyThird(samples: Int16Array): Int16Array {
  return samples.filter((_sample, index) => index % 3 === 0);
}

function correlation(a: Int16Array, b: Int16Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
