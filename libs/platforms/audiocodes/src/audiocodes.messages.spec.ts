import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  activity,
  parseMessage,
  playChunkHead,
  readActivities,
  readConversationId,
  readInitiate,
  readParticipant,
  sessionError,
  speechNews,
} from './audiocodes.messages.js';

describe('messages from VoiceAI Connect', () => {
  it('are JSON objects with a type, and nothing else is one', () => {
    expect(parseMessage('{"type":"session.end","x":1}')).toEqual({ type: 'session.end', x: 1 });
    for (const text of [
      '',
      'x',
      '{',
      '[]',
      '[{"type":"a"}]',
      'null',
      '7',
      '"a"',
      '{}',
      '{"type":7}',
      '{"type":null}',
    ]) {
      expect(parseMessage(text)).toBeNull();
    }
  });

  it('are read without trust, whatever they hold', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = parseMessage(text);
        const wrapped = parseMessage(
          `{"type":"t","conversationId":${text},"caller":${text},"supportedMediaFormats":${text},"activities":[${text}],"participant":${text}}`,
        )!;
        expect(parsed === null || typeof parsed.type === 'string').toBe(true);
        const id = readConversationId(wrapped);
        expect(id === null || (typeof id === 'string' && id.length > 0)).toBe(true);
        const initiate = readInitiate(wrapped);
        expect(initiate === null).toBe(id === null);
        for (const format of initiate?.supportedMediaFormats ?? []) expect(typeof format).toBe('string');
        const participant = readParticipant(wrapped);
        expect(participant === null || typeof participant === 'string').toBe(true);
        for (const one of readActivities(wrapped)!) {
          if (one === null) continue;
          expect(typeof one.type).toBe('string');
          expect(typeof one.name).toBe('string');
          expect(typeof one.parameters).toBe('object');
        }
      }),
    );
  });

  it('tell the stream of playFinished in the activity or among its parameters', () => {
    const streamIds = readActivities({
      type: 'activities',
      activities: [
        { type: 'event', name: 'playFinished', streamId: '3' },
        { type: 'event', name: 'playFinished', parameters: { streamId: '4' } },
        { type: 'event', name: 'playFinished', streamId: 5 },
      ],
    })!.map((one) => one?.streamId);
    expect(streamIds).toEqual(['3', '4', null]);
  });
});

describe('messages to VoiceAI Connect', () => {
  it('are JSON whatever text of people they carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const news = JSON.parse(speechNews({ kind: 'hypothesis', text }, text, 'participant'));
        expect(news.alternatives[0].text).toBe(text);
        expect(JSON.parse(`${playChunkHead(text)}AAAA"}`).audioChunk).toBe('AAAA');
        expect(JSON.parse(sessionError(text, text)).type).toBe('session.error');
      }),
    );
  });

  it('name the party of speech edges by either field', () => {
    expect(JSON.parse(speechNews({ kind: 'speech-stopped' }, 'caller', 'participantId'))).toEqual({
      type: 'userStream.speech.stopped',
      participantId: 'caller',
    });
    expect(JSON.parse(speechNews({ kind: 'turn-committed' }, null, 'participantId'))).toEqual({
      type: 'userStream.speech.committed',
    });
  });

  it('give each activity an id of its own and the wall time', () => {
    const at = new Date(Date.UTC(2026, 10, 21, 9, 0, 0, 120));
    const [one, two] = [0, 1].map(() => JSON.parse(activity({ name: 'abortPrompts' }, at)).activities[0]);
    expect(one.timestamp).toBe('2026-11-21T09:00:00.120Z');
    expect(one.id).not.toBe(two.id);
    expect(Object.keys(one)).toEqual(['id', 'timestamp', 'type', 'name']);
  });
});
