import { afterEach, describe, expect, it } from '@jest/globals';
import type { PlainClient } from './testing/plain-client.js';
import { closeSims, connected, MANUAL, type Rig } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

type Json = Record<string, unknown>;

const note = (id: string, more: Json = {}) => ({
  type: 'conversation.item.create',
  item: { id, type: 'message', role: 'system', content: [{ type: 'input_text', text: id }] },
  ...more,
});

const truncate = (item_id: unknown, audio_end_ms: number, content_index = 0) => ({
  type: 'conversation.item.truncate',
  event_id: 't-1',
  item_id,
  content_index,
  audio_end_ms,
});

/** A session in which the agent has spoken for a second. */
async function spoken(): Promise<Rig & { itemId: string }> {
  const rig = await connected({ answer: { hz: 440, ms: 1000 } }, MANUAL);
  rig.client.send({ type: 'response.create' });
  await rig.client.next('response.done');
  return { ...rig, itemId: rig.session.items[0]!.id };
}

async function retrieved(client: PlainClient, item_id: unknown, nth = 1): Promise<Json> {
  client.send({ type: 'conversation.item.retrieve', item_id });
  return (await client.next('conversation.item.retrieved', nth)).item as Json;
}

describe('conversation.item.create', () => {
  it('adds items at the end, at the root and behind another', async () => {
    const { client, session } = await connected({}, MANUAL);
    client.send(note('a'));
    client.send(note('b'));
    client.send(note('first', { previous_item_id: 'root' }));
    client.send(note('a2', { previous_item_id: 'a' }));
    const places = [];
    for (const nth of [1, 2, 3, 4]) {
      const { previous_item_id, item } = await client.next('conversation.item.added', nth);
      expect(await client.next('conversation.item.done', nth)).toMatchObject({ previous_item_id, item });
      places.push([previous_item_id, (item as Json).id]);
    }
    expect(places).toEqual([
      [null, 'a'],
      ['a', 'b'],
      [null, 'first'],
      ['a', 'a2'],
    ]);
    expect(session.items.map(({ id }) => id)).toEqual(['first', 'a', 'a2', 'b']);
  });

  it('refuses a place that there is not, and an id that there is', async () => {
    const { client, session } = await connected({}, MANUAL);
    expect(await client.refusalOf(note('b', { previous_item_id: 'nobody' }))).toMatchObject({
      param: 'previous_item_id',
    });
    client.send(note('a'));
    await client.next('conversation.item.done');
    expect(await client.refusalOf(note('a'))).toMatchObject({ param: 'item.id' });
    expect(session.items).toHaveLength(1);
  });

  it('gives an id to what has none', async () => {
    const { client } = await connected({}, MANUAL);
    client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Good morning.' }] },
    });
    const { item } = (await client.next('conversation.item.added')) as { item: Json };
    expect(String(item.id)).toMatch(/^item_\w{24}$/);
    expect(item).toMatchObject({
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'Good morning.' }],
    });
  });

  it('does not speak what the assistant is said to have said', async () => {
    const { client, session } = await connected({}, MANUAL);
    client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Good morning.' }] },
    });
    await client.settled();
    expect(session.responses).toEqual([]);
  });

  it.each(['input_text', 'text', 'output_audio'])(
    'refuses %s of an assistant, and goes on without the item',
    async (type) => {
      const { client, session } = await connected({}, MANUAL);
      const item = {
        id: 'greeting',
        type: 'message',
        role: 'assistant',
        content: [{ type, text: 'Hello.' }],
      };
      expect(await client.refusalOf({ type: 'conversation.item.create', item })).toMatchObject({
        type: 'invalid_request_error',
        code: 'invalid_value',
        param: 'item.content[0].type',
      });
      expect(await client.refusalOf({ type: 'conversation.item.delete', item_id: 'greeting' })).toMatchObject(
        {
          code: 'item_delete_invalid_item_id',
        },
      );
      expect(session.items).toEqual([]);
    },
  );

  it('takes sound of the user, in the input format', async () => {
    const { client, session } = await connected(
      {},
      { audio: { input: { format: { type: 'audio/pcma' }, turn_detection: null } } },
    );
    const audio = Buffer.alloc(4000, 0xd5).toString('base64');
    client.send({
      type: 'conversation.item.create',
      item: {
        id: 'u',
        type: 'message',
        role: 'user',
        content: [{ type: 'input_audio', audio, transcript: 'Hm.' }],
      },
    });
    expect(await client.next('conversation.item.added')).toMatchObject({
      item: { content: [{ type: 'input_audio', transcript: 'Hm.' }] },
    });
    expect(session.items[0]?.audioMs).toBe(500);
    expect(await retrieved(client, 'u')).toMatchObject({ content: [{ audio }] });
  });

  it('restores function calls with their outputs, and finds a second output unwise', async () => {
    const { client, session, sim } = await connected({}, MANUAL);
    const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
    client.send({ type: 'conversation.item.create', item: call });
    client.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: 'call_1', output: '1' },
    });
    expect(await client.next('conversation.item.done', 2)).toMatchObject({
      item: { call_id: 'call_1', output: '1' },
    });
    expect(session.items.map(({ kind }) => kind)).toEqual(['function_call', 'function_call_output']);
    client.send({
      type: 'conversation.item.create',
      item: { type: 'function_call_output', call_id: 'call_1', output: '2' },
    });
    await client.next('conversation.item.done', 3);
    expect(sim.breaches).toMatchObject([{ kind: 'unwise', message: 'The call call_1 is answered twice.' }]);
  });
});

describe('conversation.item.truncate', () => {
  it('cuts the sound and takes the words away', async () => {
    const { client, itemId, session } = await spoken();
    expect(await retrieved(client, itemId)).toMatchObject({
      content: [{ transcript: 'A tone of 440 hertz.' }],
    });
    client.send(truncate(itemId, 250));
    expect(await client.next('conversation.item.truncated')).toMatchObject({
      item_id: itemId,
      content_index: 0,
      audio_end_ms: 250,
    });
    const [content] = (await retrieved(client, itemId, 2)).content as Json[];
    expect(content).toMatchObject({ type: 'output_audio', transcript: null });
    expect(Buffer.from(String(content?.audio), 'base64').length).toBe(250 * 48);
    const [item] = session.items;
    expect(item).toMatchObject({ audioMs: 1000, truncatedAtMs: 250, transcript: 'A tone of 440 hertz.' });
    const [received] = session.received.ofType('conversation.item.truncate');
    expect(item?.truncatedWhenMs).toBeGreaterThanOrEqual(received?.atMs ?? Number.NaN);
  });

  it('takes the exact length, and not a millisecond more', async () => {
    const { client, itemId } = await spoken();
    expect(await client.refusalOf(truncate(itemId, 1001))).toMatchObject({
      code: null,
      message: 'Audio content of 1000ms is already shorter than 1001ms',
      param: 'audio_end_ms',
      event_id: 't-1',
    });
    client.send(truncate(itemId, 1000));
    expect(await client.next('conversation.item.truncated')).toMatchObject({ audio_end_ms: 1000 });
  });

  it('to nothing is allowed, and unwise', async () => {
    const { client, itemId, sim } = await spoken();
    client.send(truncate(itemId, 0));
    await client.next('conversation.item.truncated');
    expect(sim.breaches).toMatchObject([{ kind: 'unwise', eventType: 'conversation.item.truncate' }]);
  });

  it('measures a second truncation by the first', async () => {
    const { client, itemId } = await spoken();
    client.send(truncate(itemId, 500));
    expect(await client.refusalOf(truncate(itemId, 501))).toMatchObject({ param: 'audio_end_ms' });
  });

  it('knows only items that are there', async () => {
    const { client, itemId } = await spoken();
    expect(await client.refusalOf(truncate('nobody', 0))).toMatchObject({
      code: 'item_truncate_invalid_item_id',
    });
    client.send({ type: 'conversation.item.delete', item_id: itemId });
    expect(await client.refusalOf(truncate(itemId, 0))).toMatchObject({
      code: 'item_truncate_invalid_item_id',
    });
  });

  it('is for spoken words of the assistant only', async () => {
    const { client, itemId } = await spoken();
    client.send(note('note'));
    client.send({
      type: 'conversation.item.create',
      item: {
        id: 'old',
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Hello.' }],
      },
    });
    for (const id of ['note', 'old']) {
      expect(await client.refusalOf(truncate(id, 0))).toMatchObject({ code: 'unsupported_content_type' });
    }
    expect(await client.refusalOf(truncate(itemId, 0, 1))).toMatchObject({ param: 'content_index' });
  });

  it('is refused for an item that has no sound yet', async () => {
    const { client, session } = await connected(
      { answer: () => ({ say: 'Hm.', sound: { hz: 440, ms: 0 } }) },
      MANUAL,
    );
    client.send({ type: 'response.create' });
    await client.next('response.done');
    expect(await client.refusalOf(truncate(session.items[0]?.id, 0))).toMatchObject({
      code: 'unsupported_content_type',
    });
  });
});

describe('conversation.item.delete and retrieve', () => {
  it('take an item out, and remember the truth of it', async () => {
    const { client, itemId, session } = await spoken();
    client.send({ type: 'conversation.item.delete', item_id: itemId });
    expect(await client.next('conversation.item.deleted')).toMatchObject({ item_id: itemId });
    expect(session.items).toEqual([]);
    expect(session.everyItem).toMatchObject([{ id: itemId, audioMs: 1000 }]);
    expect(session.everyItem[0]?.deletedWhenMs).not.toBeNull();
  });

  it('know only items that are there', async () => {
    const { client } = await connected({}, MANUAL);
    expect(await client.refusalOf({ type: 'conversation.item.delete', item_id: 'x' })).toMatchObject({
      code: 'item_delete_invalid_item_id',
    });
    expect(await client.refusalOf({ type: 'conversation.item.retrieve', item_id: 'x' })).toMatchObject({
      code: 'item_retrieve_invalid_item_id',
    });
  });

  it('show the sound of the caller as it came', async () => {
    const { client, session } = await connected(
      {},
      { audio: { input: { format: { type: 'audio/pcmu' }, turn_detection: null } } },
    );
    const audio = Buffer.from(Uint8Array.from({ length: 1600 }, (_, i) => (i * 7) & 0x7f)).toString('base64');
    client.send({ type: 'input_audio_buffer.append', audio });
    client.send({ type: 'input_audio_buffer.commit' });
    await client.next('input_audio_buffer.committed');
    // 0x7F and 0xFF both mean zero; what is decoded and encoded again is 0xFF.
    const kept = Buffer.from(audio, 'base64').map((code) => (code === 0x7f ? 0xff : code));
    expect(await retrieved(client, session.turns[0]?.itemId)).toMatchObject({
      role: 'user',
      content: [{ type: 'input_audio', audio: Buffer.from(kept).toString('base64') }],
    });
  });
});
