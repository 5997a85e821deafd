import { describe, expect, it } from '@jest/globals';
import type { TranscriptItem } from '#libs/contracts';
import { Api } from './api.js';
import { NOT_RECORDED, recordingAfter } from './recording-state.js';
import {
  heardAndUnheard,
  isUnknown,
  lineAt,
  listedEvents,
  loadStoredCall,
  recordingBeganMs,
} from './stored-call.js';

const line = (itemId: string, change: Partial<TranscriptItem> = {}): TranscriptItem => ({
  callId: 'c 1',
  itemId,
  speaker: 'agent',
  atMs: 0,
  endMs: null,
  said: 'one two',
  heard: 'one two',
  heardMs: null,
  sentMs: null,
  ...change,
});
const event = (type: string, atMs: number, data: Record<string, unknown> = {}) => ({ type, atMs, data });

describe('a call as it is kept', () => {
  it('is its record, its words and its events', async () => {
    const asked: string[] = [];
    const answers: Readonly<Record<string, object>> = {
      'api/calls/c%201': { callId: 'c 1' },
      'api/calls/c%201/transcript?format=json': { items: [line('a')] },
      'api/calls/c%201/events?limit=1000': {
        items: [{ seq: 1, type: 'call.offered', atMs: 0, data: {} }],
        nextAfterSeq: 7,
      },
    };
    const request = async (path: string) => {
      asked.push(path);
      return path in answers
        ? Response.json(answers[path])
        : Response.json({ code: 'API_UNKNOWN', detail: 'There is no such call.' }, { status: 404 });
    };
    const api = new Api(request as typeof fetch, () => undefined);
    const { signal } = new AbortController();
    expect(await loadStoredCall(api, 'c 1', signal)).toEqual({
      record: { callId: 'c 1' },
      lines: [line('a')],
      events: [event('call.offered', 0)],
      hasMoreEvents: true,
    });
    const refused = await loadStoredCall(api, 'other', signal).catch((error) => error);
    expect(isUnknown(refused)).toBe(true);
    expect(refused.message).toBe('There is no such call.');
  });

  it('tells what nobody heard apart from what was heard', () => {
    expect(heardAndUnheard(line('a', { heard: 'one' }))).toEqual({ heard: 'one', unheard: ' two' });
    expect(heardAndUnheard(line('a', { heard: '' }))).toEqual({ heard: '', unheard: 'one two' });
    // Words that were changed on the way to the archive are not guessed at.
    expect(heardAndUnheard(line('a', { heard: 'uno' }))).toEqual({ heard: 'uno', unheard: '' });
  });

  it('finds the line of a moment', () => {
    const lines = [line('a', { atMs: 500 }), line('b', { atMs: 2000 })];
    expect([499, 500, 1999, 9000].map((atMs) => lineAt(lines, atMs)?.itemId)).toEqual([
      undefined,
      'a',
      'a',
      'b',
    ]);
  });

  it('knows where on the call’s clock the recording begins', () => {
    const answered = event('call.answered', 100);
    const connected = event('call.connected', 400);
    const started = event('recording.started', 700);
    expect(recordingBeganMs([answered, connected, started])).toBe(400);
    expect(recordingBeganMs([answered, started, connected])).toBe(100);
    expect(recordingBeganMs([started])).toBe(700);
    expect(recordingBeganMs([answered, connected])).toBe(400);
    expect(recordingBeganMs([])).toBe(0);
  });

  it('does not list as events what the transcript tells', () => {
    const events = [event('transcript.final', 1), event('tool.called', 2)];
    expect(listedEvents(events).map(({ type }) => type)).toEqual(['tool.called']);
  });
});

it('follows whether a running call is recorded, and who paused it', () => {
  const phases = [
    event('call.connected', 1),
    event('recording.started', 2),
    event('recording.paused', 3, { by: 'Ada' }),
    event('recording.resumed', 4, { by: 'Ada' }),
    event('recording.failed', 5, { code: 'DISK' }),
  ].map((_, i, all) => all.slice(0, i + 1).reduce(recordingAfter, NOT_RECORDED));
  expect(phases).toEqual([
    { phase: 'none', by: null },
    { phase: 'running', by: null },
    { phase: 'paused', by: 'Ada' },
    { phase: 'running', by: null },
    { phase: 'failed', by: null },
  ]);
});
