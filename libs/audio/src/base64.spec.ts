import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { base64ByteLength, isBase64 } from './base64.js';

const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

describe('base64', () => {
  it('accepts what an encoder writes, and knows its length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(isBase64(text)).toBe(true);
        expect(base64ByteLength(text)).toBe(bytes.length);
      }),
    );
  });

  it('agrees with the grammar on text that is nearly right', () => {
    const character = fc.constantFrom(...'AZaz09+/AQw==-_ \n\r"\\\u0000\u00e9\u2603{');
    fc.assert(
      fc.property(fc.array(character, { maxLength: 16 }), (characters) => {
        const text = characters.join('');
        expect(isBase64(text)).toBe(CANONICAL.test(text));
      }),
      { numRuns: 20000 },
    );
  });

  it('finds one wrong character at any place', () => {
    const good = Buffer.alloc(999, 0x5a).toString('base64');
    for (const wrong of ['-', '_', '=', ' ', '"', '\n', '\\', '\u00ff', '\u2603']) {
      for (let at = 0; at < good.length; at++) {
        expect(isBase64(good.slice(0, at) + wrong + good.slice(at + 1))).toBe(
          at === good.length - 1 && wrong === '=',
        );
      }
    }
  });

  it('judges long text as it judges short text', () => {
    const long = Buffer.alloc(300_001, 0x5a).toString('base64');
    expect(isBase64(long)).toBe(true);
    expect(isBase64(`${long.slice(0, 65535)}=${long.slice(65536)}`)).toBe(false);
    expect(isBase64(`${long.slice(0, 70000)} ${long.slice(70001)}`)).toBe(false);
    expect(isBase64(`${long}AAAA`)).toBe(CANONICAL.test(`${long}AAAA`));
    expect(isBase64(long.slice(1))).toBe(false);
  });

  it('takes no sound for sound of length 0', () => {
    expect(isBase64('')).toBe(true);
    expect(base64ByteLength('')).toBe(0);
  });
});
