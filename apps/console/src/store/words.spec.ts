import { describe, expect, it } from '@jest/globals';
import { eventWords, keyed } from './event-words.js';
import { hashOf, routeOf } from './route.js';
import { isOpenPoint, partsOf } from './setup-lines.js';
import { duration, money, noLinesWords, plainWords, qualityOf, span } from './words.js';

describe('what people read', () => {
  it('says times, money and quality', () => {
    expect([0, 65_900, 3_723_000, -5].map(duration)).toEqual(['0:00', '1:05', '1:02:03', '0:00']);
    expect([null, 640.4, 2930].map(span)).toEqual(['–', '640 ms', '2.9 s']);
    expect([null, 0, 0.0123, 0.242, 0.999, 12.5].map(money)).toEqual([
      '–',
      '$0.00',
      '$0.0123',
      '$0.242',
      '$1.00',
      '$12.50',
    ]);
    expect([80, 79, 60, 59, null].map((score) => qualityOf(score).word)).toEqual([
      'Good',
      'Fair',
      'Fair',
      'Poor',
      'Not measured',
    ]);
    expect(plainWords('caller-hung-up')).toBe('Caller hung up');
  });

  it('says of the echo agent that it writes no transcript, rather than that nothing was said', () => {
    for (const isOver of [false, true])
      expect(noLinesWords('echo', isOver)).toContain('repeats what it hears');
    expect(noLinesWords('openai-realtime', false)).toBe('Nothing has been said yet.');
    expect(noLinesWords('openai-realtime', true)).toBe('Nothing was said.');
  });

  it('tells events as sentences, also those it does not know', () => {
    const at = (type: string, data: Record<string, unknown>) => eventWords({ type, atMs: 0, data });
    expect(at('operator.acted', { action: 'take-over', by: 'Ada' })).toEqual({
      words: 'Ada took over the call',
      tone: 'operator',
    });
    expect(at('agent.interrupted', { cause: 'speech', stopMs: 12 }).words).toContain('the caller spoke');
    expect(at('something.new', {})).toEqual({ words: 'Something new', tone: 'detail' });
  });

  it('gives events of one kind and one moment names of their own, which they keep', () => {
    const dropped = (track: string) => ({ type: 'audio.dropped', atMs: 7, data: { track } });
    const events = [dropped('caller'), dropped('agent'), { ...dropped('agent'), atMs: 8 }];
    const keys = keyed(events).map(([key]) => key);
    expect(new Set(keys).size).toBe(3);
    expect(keyed([...events, dropped('caller')]).map(([key]) => key)).toEqual([...keys, expect.anything()]);
  });

  it('cuts out of the set-up’s lines what is to be copied', () => {
    const line = 'TwiML: <Stream url="wss://a.example/twilio/stream"/>, or https://a.example/x.';
    expect(partsOf(line).filter(({ isUrl }) => isUrl)).toEqual([
      { text: 'wss://a.example/twilio/stream', isUrl: true },
      { text: 'https://a.example/x', isUrl: true },
    ]);
    expect(
      partsOf(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe(line);
    expect(partsOf('from https:// or localhost')).toEqual([
      { text: 'from https:// or localhost', isUrl: false },
    ]);
    expect(
      ['Missing: TOKEN', 'X is not set: y', 'set ADMIN_TOKEN to open', 'Calls: X missing.', 'all set'].map(
        isOpenPoint,
      ),
    ).toEqual([true, true, true, true, false]);
  });

  it('finds pages by their address, and back', () => {
    expect(['', '#/', '#/calls', '#/history', '#/try', '#/setup'].map((hash) => routeOf(hash).page)).toEqual([
      'calls',
      'calls',
      'calls',
      'history',
      'try',
      'setup',
    ]);
    const call = { page: 'call', callId: 'a/b c%' } as const;
    expect(routeOf(hashOf(call))).toEqual(call);
    expect(['#/calls/%', '#/calls/a/b', '#/nowhere'].map((hash) => routeOf(hash).page)).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});
