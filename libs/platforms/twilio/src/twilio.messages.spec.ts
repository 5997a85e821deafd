import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GatewayError } from '#libs/contracts';
import {
  checkPayload,
  clearMessage,
  markMessage,
  mediaMessage,
  parseMessage,
  type TwilioStart,
} from './twilio.messages.js';

const MULAW = { encoding: 'mulaw', sampleRate: 8000 } as const;
const SID = 'MZ33333333333333333333333333333333';
const START = {
  event: 'start',
  sequenceNumber: '1',
  start: {
    accountSid: 'AC11111111111111111111111111111111',
    streamSid: SID,
    callSid: 'CA22222222222222222222222222222222',
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: { tenant: 'acme', from: '+15550100001' } as Record<string, unknown>,
  },
  streamSid: SID,
};

const parse = (message: unknown) => parseMessage(JSON.stringify(message));
const start = (change: object) => parse({ ...START, start: { ...START.start, ...change } }) as TwilioStart;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
  return 'none';
}

describe('parseMessage', () => {
  it('reads every message that Twilio sends', () => {
    expect(parse({ event: 'connected', protocol: 'Call', version: '1.0.0' })).toEqual({ event: 'connected' });
    expect(parse(START)).toEqual({
      event: 'start',
      streamSid: SID,
      callSid: START.start.callSid,
      accountSid: START.start.accountSid,
      format: MULAW,
      formatText: 'audio/x-mulaw/8000/1',
      parameters: { tenant: 'acme', from: '+15550100001' },
      parametersDropped: 0,
    });
    const media = { track: 'inbound', chunk: '1', timestamp: '163', payload: '/////w==' };
    expect(parse({ event: 'media', sequenceNumber: '2', media, streamSid: SID })).toEqual({
      event: 'media',
      streamSid: SID,
      track: 'inbound',
      timestampMs: 163,
      payload: '/////w==',
    });
    const dtmf = { track: 'inbound_track', digit: '5' };
    expect(parse({ event: 'dtmf', streamSid: SID, sequenceNumber: '412', dtmf })).toEqual({
      event: 'dtmf',
      streamSid: SID,
      digit: '5',
    });
    expect(
      parse({ event: 'mark', sequenceNumber: '530', streamSid: SID, mark: { name: 'r7:3200' } }),
    ).toEqual({
      event: 'mark',
      streamSid: SID,
      name: 'r7:3200',
    });
    const stop = { accountSid: START.start.accountSid, callSid: START.start.callSid };
    expect(parse({ event: 'stop', sequenceNumber: '1207', streamSid: SID, stop })).toEqual({
      event: 'stop',
      streamSid: SID,
    });
  });

  it('names events it does not know and leaves it to the leg what to think of them', () => {
    expect(parse({ event: 'weather', streamSid: SID })).toEqual({ event: 'unknown', name: 'weather' });
  });

  it('reads sound in the usual words as it reads the same JSON in others', () => {
    const texts = fc.oneof(fc.base64String(), fc.string(), fc.constantFrom('a\\/b=', 'a"b', '', 'ü'));
    const counts = fc.oneof(fc.nat().map(String), fc.constantFrom('', '-1', '1e3', '007', '9'.repeat(20)));
    fc.assert(
      fc.property(texts, counts, fc.constantFrom(SID, '', 'a b'), (payload, timestamp, streamSid) => {
        const media = { track: 'inbound', chunk: '1', timestamp, payload };
        const usual = { event: 'media', sequenceNumber: '2', media, streamSid };
        const outcome = (text: string) => {
          try {
            return parseMessage(text);
          } catch (thrown) {
            return thrown instanceof GatewayError ? thrown.code : thrown;
          }
        };
        expect(outcome(JSON.stringify(usual))).toEqual(outcome(JSON.stringify(usual, null, 1)));
      }),
    );
  });

  it.each([
    ['an escaped slash', (text: string) => text.replace('AAAA', 'AA\\/A'), 'AA/A'],
    ['a second payload', (text: string) => text.replace('"}', '","payload":"BBBB"}'), 'BBBB'],
    ['something behind', (text: string) => text.replace(/}$/, ',"x":1}'), 'AAAA'],
  ])('reads sound with %s', (_, change, payload) => {
    const media = { track: 'inbound', chunk: '1', timestamp: '163', payload: 'AAAA' };
    const text = JSON.stringify({ event: 'media', sequenceNumber: '2', media, streamSid: SID });
    expect(parseMessage(change(text))).toHaveProperty('payload', payload);
    expect(() => parseMessage(`${text}x`)).toThrow();
  });

  it('reads times and rates from numbers as well as from text', () => {
    expect(parse({ event: 'media', streamSid: SID, media: { timestamp: 163, payload: '' } })).toHaveProperty(
      'timestampMs',
      163,
    );
    expect(parse({ event: 'media', streamSid: SID, media: { payload: '' } })).toHaveProperty(
      'timestampMs',
      null,
    );
    expect(
      start({ mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: '8000', channels: '1' } }).format,
    ).toEqual(MULAW);
  });

  it.each([
    ['audio/x-alaw', 8000, 1, { encoding: 'alaw', sampleRate: 8000 }],
    ['audio/x-l16', 8000, 1, { encoding: 'pcm16', sampleRate: 8000 }],
    ['audio/x-L16', 16_000, 1, { encoding: 'pcm16', sampleRate: 16_000 }],
    ['audio/x-l16', 24_000, undefined, { encoding: 'pcm16', sampleRate: 24_000 }],
    ['audio/x-mulaw', 16_000, 1, null],
    ['audio/x-mulaw', 8000, 2, null],
    ['audio/x-l16', 11_025, 1, null],
    ['audio/opus', 48_000, 1, null],
  ])('takes the format %s at %d Hz with %p channels as %j', (encoding, sampleRate, channels, format) => {
    expect(start({ mediaFormat: { encoding, sampleRate, channels } }).format).toEqual(format);
  });

  it('keeps parameters that are text and short, and counts the others', () => {
    const customParameters = JSON.parse('{"__proto__":"own","n":1,"o":{},"ok":""}');
    customParameters.long = 'x'.repeat(496);
    customParameters.fits = 'x'.repeat(495);
    const { parameters, parametersDropped } = start({ customParameters });
    expect(Object.keys(parameters)).toEqual(['__proto__', 'ok', 'fits']);
    expect(Object.getPrototypeOf(parameters)).toBe(Object.prototype);
    expect(parametersDropped).toBe(3);
  });

  it('keeps fifty parameters', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, 'v']));
    expect(start({ customParameters: many })).toHaveProperty('parametersDropped', 10);
    expect(Object.keys(start({ customParameters: many }).parameters)).toHaveLength(50);
  });

  it.each([undefined, null, {}])('takes a start without parameters (%p)', (customParameters) => {
    expect(start({ customParameters }).parameters).toEqual({});
  });

  it.each([
    ['', 'TWILIO_NOT_JSON'],
    ['{', 'TWILIO_NOT_JSON'],
    ['[]', 'TWILIO_NOT_JSON'],
    ['null', 'TWILIO_NOT_JSON'],
    ['"start"', 'TWILIO_NOT_JSON'],
    ['{}', 'TWILIO_FIELD_INVALID'],
    ['{"event":7}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media"}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"MZ1","media":null}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"MZ1","media":{}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"MZ1","media":{"payload":5}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"MZ1","media":{"payload":"","track":5}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","media":{"payload":""}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"M\\"Z","media":{"payload":""}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"MZ1","media":{"payload":"","timestamp":"soon"}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"media","streamSid":"MZ1","media":{"payload":"","timestamp":-1}}', 'TWILIO_FIELD_INVALID'],
    [
      '{"event":"media","streamSid":"MZ1","media":{"payload":"","timestamp":"1e400"}}',
      'TWILIO_FIELD_INVALID',
    ],
    ['{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":"12"}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":5}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"mark","streamSid":"MZ1"}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"mark","streamSid":"MZ1","mark":{"name":{}}}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"stop"}', 'TWILIO_FIELD_INVALID'],
    ['{"event":"start","start":{}}', 'TWILIO_FIELD_INVALID'],
  ])('refuses %s', (text, code) => {
    expect(codeOf(() => parseMessage(text))).toBe(code);
  });

  it.each([
    [{ mediaFormat: undefined }],
    [{ mediaFormat: { encoding: 1, sampleRate: 8000 } }],
    [{ mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 'fast' } }],
    [{ callSid: '' }],
    [{ callSid: ['CA1'] }],
    [{ accountSid: undefined }],
    [{ streamSid: 'MZ4' }],
    [{ customParameters: 'tenant=acme' }],
    [{ customParameters: ['acme'] }],
  ])('refuses a start with %j', (change) => {
    expect(codeOf(() => start(change))).toBe('TWILIO_FIELD_INVALID');
  });

  it('answers any text and any JSON with a message or a GatewayError', () => {
    const events = fc.constantFrom('connected', 'start', 'media', 'dtmf', 'mark', 'stop');
    const shaped = fc.tuple(
      events,
      fc.dictionary(fc.constantFrom('start', 'media', 'dtmf', 'mark', 'stop', 'streamSid'), fc.jsonValue()),
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      shaped.map(([event, rest]) => JSON.stringify({ ...rest, event })),
    );
    fc.assert(
      fc.property(text, (one) => expect(codeOf(() => parseMessage(one))).toMatch(/^(none|TWILIO_\w+)$/)),
      { numRuns: 500 },
    );
  });
});

describe('checkPayload', () => {
  it.each([
    ['', MULAW, 'TWILIO_PAYLOAD_INVALID'],
    ['///', MULAW, 'TWILIO_PAYLOAD_INVALID'],
    ['////\n////', MULAW, 'TWILIO_PAYLOAD_INVALID'],
    ['__--', MULAW, 'TWILIO_PAYLOAD_INVALID'],
    ['//"/', MULAW, 'TWILIO_PAYLOAD_INVALID'],
    [Buffer.alloc(8001).toString('base64'), MULAW, 'TWILIO_PAYLOAD_INVALID'],
    [Buffer.alloc(8000).toString('base64'), MULAW, 'none'],
    ['/w==', MULAW, 'none'],
    ['/w==', { encoding: 'pcm16', sampleRate: 8000 } as const, 'TWILIO_PAYLOAD_INVALID'],
    ['//8=', { encoding: 'pcm16', sampleRate: 8000 } as const, 'none'],
  ])('checks payload %# (%.20s)', (payload, format, code) => {
    expect(codeOf(() => checkPayload(payload, format))).toBe(code);
  });
});

describe('the messages to Twilio', () => {
  it('hold exactly the fields that Twilio knows', () => {
    expect(JSON.parse(mediaMessage(SID, '/w=='))).toEqual({
      event: 'media',
      streamSid: SID,
      media: { payload: '/w==' },
    });
    expect(JSON.parse(markMessage(SID, 'a"b'))).toEqual({
      event: 'mark',
      streamSid: SID,
      mark: { name: 'a"b' },
    });
    expect(JSON.parse(clearMessage(SID))).toEqual({ event: 'clear', streamSid: SID });
  });
});
