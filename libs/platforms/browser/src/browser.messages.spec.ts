import { describe, expect, it } from '@jest/globals';
import { buildNews, parseMessage } from './browser.messages.js';

const start = (fields: object) => parseMessage(JSON.stringify({ type: 'start', ...fields }));

describe('the browser’s messages', () => {
  it('are taken with all they may hold', () => {
    expect(
      start({
        callId: 'a-1',
        from: 'Jürgen, laptop',
        agent: 'shop',
        parameters: { agent: 'night', empty: '' },
      }),
    ).toEqual({
      type: 'start',
      callId: 'a-1',
      from: 'Jürgen, laptop',
      agent: 'shop',
      parameters: { agent: 'night', empty: '' },
    });
    expect(start({})).toEqual({ type: 'start', callId: null, from: null, agent: null, parameters: {} });
    expect(start({ callId: null, from: null, parameters: null })).toEqual(start({}));
    expect(parseMessage('{"type":"mark","name":"3:1"}')).toEqual({ type: 'mark', name: '3:1' });
    for (const digit of '0123456789*#ABCD') {
      expect(parseMessage(JSON.stringify({ type: 'dtmf', digit }))).toEqual({ type: 'dtmf', digit });
    }
    expect(parseMessage('{"type":"stop","more":1}')).toEqual({ type: 'stop' });
  });

  it.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'not an object'],
    ['7', 'not an object'],
    ['[]', 'of no known type'],
    ['{"type":"Start"}', 'of no known type'],
    ['{"type":["stop"]}', 'of no known type'],
    ['{"type":"mark"}', 'a mark without a name'],
    ['{"type":"mark","name":7}', 'a mark without a name'],
    ['{"type":"dtmf","digit":"55"}', 'a digit is one of'],
    ['{"type":"dtmf","digit":5}', 'a digit is one of'],
    ['{"type":"dtmf","digit":"E"}', 'a digit is one of'],
    [`{"type":"mark","name":"${'n'.repeat(129)}"}`, 'a mark without a name'],
    [`{"type":"stop","pad":"${'x'.repeat(32_768)}"}`, 'longer than'],
  ])('that are none are told why: %.40s', (json, why) => {
    expect(parseMessage(json)).toMatchObject({ type: 'misunderstood', why: expect.stringContaining(why) });
  });

  it.each([
    { callId: '' },
    { callId: 7 },
    { callId: 'x'.repeat(129) },
    { callId: 'two\nlines' },
    { from: '' },
    { from: {} },
    { agent: '' },
    { agent: ['shop'] },
    { agent: 'x'.repeat(101) },
    { from: 'x'.repeat(65) },
    { from: 'bell\u0007' },
    { parameters: 'agent' },
    { parameters: ['agent'] },
    { parameters: { agent: 7 } },
    { parameters: { agent: { name: 'night' } } },
    { parameters: { '': 'x' } },
    { parameters: { ['n'.repeat(65)]: 'x' } },
    { parameters: { agent: 'x'.repeat(1025) } },
    { parameters: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`p${i}`, 'x'])) },
  ])('refuse a start with %j', (fields) => {
    expect(start(fields)).toMatchObject({ type: 'misunderstood' });
  });

  it('take parameters of any name without effect on objects', () => {
    const message = parseMessage('{"type":"start","parameters":{"__proto__":"x","constructor":"y"}}');
    expect(message).toMatchObject({ type: 'start' });
    const { parameters } = message as { parameters: Record<string, string> };
    expect(Object.entries(parameters)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
  });

  it('tell what was understood', () => {
    expect(JSON.parse(buildNews({ kind: 'recognition', text: 'Hello' }))).toEqual({
      type: 'news',
      kind: 'recognition',
      text: 'Hello',
    });
  });
});
