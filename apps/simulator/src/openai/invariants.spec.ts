import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Answer, Prompt } from './answers.js';
import type { PassedEvent } from './journal.js';
import { PCM, quiet, recorded, speak } from './testing/caller-voice.js';
import type { PlainClient } from './testing/plain-client.js';
import { closeSims, connected } from './testing/rig.js';

afterEach(async () => {
  expect(await closeSims()).toEqual([]);
});

type Json = Record<string, unknown>;

const words = recorded('caller-bye', PCM);
const ids = ['a', 'b', 'c', 'root', 'nobody'];
const id = fc.constantFrom(...ids);

/** A client that knows the protocol and not the state: most of what it sends is well-formed, much of it untimely. */
const events: fc.Arbitrary<Json> = fc.oneof(
  fc.record({
    type: fc.constant('conversation.item.create'),
    item: fc.record({
      id,
      type: fc.constant('message'),
      role: fc.constantFrom('user', 'system'),
      content: fc.constant([{ type: 'input_text', text: 'Hm.' }]),
    }),
    previous_item_id: id,
  }),
  fc.record({
    type: fc.constant('conversation.item.create'),
    item: fc.record({
      type: fc.constant('function_call_output'),
      call_id: fc.constantFrom('call_1', 'call_2'),
      output: fc.string(),
    }),
  }),
  fc.record({ type: fc.constantFrom('conversation.item.delete', 'conversation.item.retrieve'), item_id: id }),
  fc.record({
    type: fc.constant('conversation.item.truncate'),
    item_id: fc.constantFrom('last', 'a'),
    content_index: fc.constant(0),
    audio_end_ms: fc.integer({ min: -1, max: 700 }),
  }),
  fc.constant({ type: 'conversation.item.delete', item_id: 'last' }),
  fc.record({
    type: fc.constant('response.create'),
    response: fc.record({
      conversation: fc.constantFrom('auto', 'none'),
      output_modalities: fc.constantFrom(['audio'], ['text']),
      max_output_tokens: fc.constantFrom('inf', 5, 30),
    }),
  }),
  fc.constant({ type: 'response.cancel' }),
  fc.constantFrom({ type: 'input_audio_buffer.commit' }, { type: 'input_audio_buffer.clear' }),
  fc.constantFrom({ sound: 'words' }, { sound: 'silence' }),
  fc.record({
    type: fc.constant('session.update'),
    session: fc.record({
      type: fc.constant('realtime'),
      audio: fc.record({
        input: fc.record({
          turn_detection: fc.constantFrom(
            null,
            { type: 'server_vad' },
            { type: 'semantic_vad', interrupt_response: false },
          ),
          transcription: fc.constantFrom(null, { model: 'whisper-1' }),
        }),
        output: fc.record({
          format: fc.constantFrom({ type: 'audio/pcmu' }, { type: 'audio/pcm', rate: 24000 }),
        }),
      }),
    }),
  }),
);

function answer({ index, toolNames }: Prompt): Answer {
  const say = { say: 'A few words of mine.', sound: { hz: 440, ms: 600 } };
  if (index % 3 === 2 && toolNames.length > 0) return [say, { call: 'f', callId: `call_${index % 2}` }];
  return index % 5 === 4 ? { fail: 'server_error' } : say;
}

async function play(client: PlainClient, sent: Json, lastId: () => string): Promise<void> {
  if (sent.sound === 'words') speak(client, words);
  else if (sent.sound === 'silence') speak(client, quiet(1400, PCM));
  else client.send(sent.item_id === 'last' ? { ...sent, item_id: lastId() } : sent);
  await client.settledAfterSound();
}

/** The order of items as a client sees it that believes every event. */
function believed(passed: readonly PassedEvent[]): unknown[] {
  const order: unknown[] = [];
  for (const { type, event } of passed) {
    if (type === 'conversation.item.added') {
      const at = event.previous_item_id === null ? 0 : order.indexOf(event.previous_item_id) + 1;
      order.splice(at, 0, (event.item as Json).id);
    } else if (type === 'conversation.item.deleted') order.splice(order.indexOf(event.item_id), 1);
  }
  return order;
}

describe('whatever a client does', () => {
  it('every event is valid, one response runs at a time, and both sides agree on the conversation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 5, maxLength: 25 }), async (script) => {
        const { client, session } = await connected({ answer, speed: 200, transcribeMs: 0 });
        await client.update({ tools: [{ type: 'function', name: 'f' }] });
        for (const sent of script) await play(client, sent, () => session.items.at(-1)?.id ?? 'none');
        client.send({ type: 'response.cancel' });
        await client.settled();

        expect(believed(client.events)).toEqual(session.items.map((item) => item.id));
        let active: unknown = null;
        for (const { type, event } of client.events) {
          const response = (event.response ?? {}) as Json;
          if (response.conversation_id === null) continue;
          if (type === 'response.created') {
            expect(active).toBeNull();
            active = response.id;
          } else if (type === 'response.done') {
            expect(response.id).toBe(active);
            active = null;
          }
        }
        for (const item of session.everyItem.filter((each) => each.isAgentSound)) {
          expect(client.soundOf(item.id)).toEqual(Buffer.from(item.bytes));
          expect(item.rememberedMs).toBeLessThanOrEqual(item.audioMs);
        }
        expect(client.invalid).toEqual([]);
        await closeSims();
      }),
      { numRuns: 40 },
    );
  }, 180_000);
});
