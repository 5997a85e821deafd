import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseServerMessage } from './openai-realtime.messages.js';

const parse = (message: unknown) => parseServerMessage(JSON.stringify(message));
const ids = { response_id: 'r1', item_id: 'i1', output_index: 0, content_index: 0 };

describe('parseServerMessage', () => {
  it('reads a piece of sound', () => {
    expect(parse({ type: 'response.output_audio.delta', event_id: 'e', ...ids, delta: 'f39/f39/' })).toEqual({
      type: 'response.output_audio.delta',
      responseId: 'r1',
      itemId: 'i1',
      delta: 'f39/f39/',
    });
  });

  it('reads sound in the usual words as it reads the same JSON in others', () => {
    const texts = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.constantFrom('a\\/b=', 'a"b', '', 'ü', 'AAAA","x":"'),
    );
    const names = fc.oneof(fc.string(), fc.constantFrom('resp_1', 'i-1', ''));
    fc.assert(
      fc.property(texts, names, names, (delta, response_id, item_id) => {
        const type = 'response.output_audio.delta';
        const usual = { type, event_id: 'event_1', ...ids, response_id, item_id, delta };
        const read = parseServerMessage(JSON.stringify(usual));
        expect(read).toEqual(parseServerMessage(JSON.stringify(usual, null, 1)));
      }),
    );
  });

  it.each([
    ['an escaped slash', (text: string) => text.replace('AAAA', 'AA\\/A'), 'AA/A'],
    ['something behind', (text: string) => text.replace(/}$/, ',"obfuscation":"x"}'), 'AAAA'],
    ['a second delta', (text: string) => text.replace(/}$/, ',"delta":"BBBB"}'), 'BBBB'],
  ])('reads sound with %s', (_, change, delta) => {
    const text = JSON.stringify({
      type: 'response.output_audio.delta',
      event_id: 'event_1',
      ...ids,
      delta: 'AAAA',
    });
    expect(parseServerMessage(change(text))).toHaveProperty('delta', delta);
    expect(parseServerMessage(`${text}x`).type).toBe('bad');
  });

  it.each([
    ['response.audio.delta', { delta: '' }, 'response.output_audio.delta'],
    ['response.audio.done', {}, 'response.output_audio.done'],
    ['response.audio_transcript.delta', { delta: 'Hi' }, 'response.output_audio_transcript.delta'],
    ['response.audio_transcript.done', { transcript: 'Hi' }, 'response.output_audio_transcript.done'],
    ['conversation.item.created', { item: { id: 'i1', type: 'message' } }, 'conversation.item.added'],
  ])('knows %s by its name of today', (beta, fields, name) => {
    expect(parse({ type: beta, ...ids, ...fields }).type).toBe(name);
  });

  it('passes over fields and events that it does not know', () => {
    expect(parse({ type: 'response.output_audio.delta', ...ids, delta: 'AAAA', obfuscation: 'x' }).type).toBe(
      'response.output_audio.delta',
    );
    expect(parse({ type: 'session.rearranged', novelty: [1] })).toEqual({
      type: null,
      name: 'session.rearranged',
    });
    expect(parse({ type: 'constructor' })).toEqual({ type: null, name: 'constructor' });
    expect(parse({ type: '__proto__' })).toEqual({ type: null, name: '__proto__' });
  });

  it('takes null for every optional field, as the live server sends it', () => {
    expect(
      parse({
        type: 'response.done',
        response: { id: 'r1', status: 'completed', status_details: null, usage: null, metadata: null },
      }),
    ).toEqual({
      type: 'response.done',
      response: { id: 'r1', status: 'completed', reason: null, error: null, usage: null, purpose: null },
    });
    expect(
      parse({ type: 'error', error: { type: 'server_error', code: null, message: 'm', param: null } }),
    ).toEqual({
      type: 'error',
      error: { type: 'server_error', code: null, message: 'm', param: null, eventId: null },
    });
  });

  it('reads why a response ended, also where the reason is a bare text', () => {
    const reasonOf = (status_details: unknown) =>
      parse({ type: 'response.done', response: { id: 'r1', status: 'cancelled', status_details } });
    expect(reasonOf({ type: 'cancelled', reason: 'turn_detected' })).toMatchObject({
      response: { reason: 'turn_detected' },
    });
    expect(reasonOf('turn_detected')).toMatchObject({ response: { reason: 'turn_detected' } });
  });

  it('finds the sound format of a session in both dialects', () => {
    const formatOf = (session: unknown) => parse({ type: 'session.updated', session });
    expect(formatOf({ audio: { output: { format: { type: 'audio/pcmu' } } }, tools: [] })).toMatchObject({
      session: { outputFormat: 'audio/pcmu', toolCount: 0 },
    });
    expect(formatOf({ output_audio_format: 'g711_alaw' })).toMatchObject({
      session: { outputFormat: 'audio/pcma', toolCount: null },
    });
    expect(formatOf(null)).toMatchObject({ session: { outputFormat: null, expiresAt: null } });
  });

  it('knows how long the scarcest exhausted limit lasts', () => {
    const limits = [
      { name: 'requests', remaining: 10, reset_seconds: 60 },
      { name: 'tokens', remaining: 0, reset_seconds: 2.5 },
      'nonsense',
    ];
    expect(parse({ type: 'rate_limits.updated', rate_limits: limits })).toMatchObject({ resetSeconds: 2.5 });
    expect(parse({ type: 'rate_limits.updated', rate_limits: null })).toMatchObject({ resetSeconds: 0 });
  });

  it.each([
    ['text that is no JSON', '{"type":'],
    ['a list', '[]'],
    ['a number', '1'],
    ['null', 'null'],
    ['an object without a type', '{}'],
    ['a type that is no text', '{"type":7}'],
    [
      'sound that is no base64',
      JSON.stringify({ type: 'response.output_audio.delta', ...ids, delta: 'a"b' }),
    ],
    ['sound without its item', '{"type":"response.output_audio.delta","response_id":"r","delta":"AAAA"}'],
    ['an item without an id', '{"type":"conversation.item.added","item":{"type":"message"}}'],
    ['a response that is a text', '{"type":"response.created","response":"r1"}'],
    [
      'a transcript that is a number',
      '{"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":3}',
    ],
    ['an error without its object', '{"type":"error","error":"bad"}'],
  ])('calls %s bad', (_name, frame) => {
    expect(parseServerMessage(frame).type).toBe('bad');
  });

  it('never throws, whatever comes', () => {
    const lists: { server: string[]; betaServer: string[] } = JSON.parse(readFileSync(NAMES, 'utf8'));
    const names = [...lists.server, ...lists.betaServer];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (frame) => {
        expect(parseServerMessage(frame)).toHaveProperty('type');
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue()),
        (type, fields) => {
          expect(parse({ ...fields, type })).toHaveProperty('type');
        },
      ),
    );
  });
});

const NAMES = new URL('../../../../apps/simulator/openai-schema/event-names.json', import.meta.url);
const FIELDS = [
  'response_id',
  'item_id',
  'item',
  'response',
  'session',
  'error',
  'delta',
  'transcript',
  'usage',
  'rate_limits',
];
