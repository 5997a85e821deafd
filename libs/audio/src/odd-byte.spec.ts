import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OddByteCarry } from './odd-byte.js';

describe('the odd byte', () => {
  it('waits for the next chunk, so that samples stay whole and none is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 30 }), (chunks) => {
        const carry = new OddByteCarry();
        const out = chunks.map((chunk) => carry.push(chunk));
        expect(out.every((piece) => piece.length % 2 === 0)).toBe(true);
        const all = Buffer.concat(chunks);
        expect(Buffer.concat(out).equals(all.subarray(0, all.length - (all.length % 2)))).toBe(true);
      }),
    );
  });

  it('costs no copy while chunks are even', () => {
    const chunk = Uint8Array.of(1, 2, 3, 4);
    expect(new OddByteCarry().push(chunk)).toBe(chunk);
  });

  it('is forgotten when the stream starts anew', () => {
    const carry = new OddByteCarry();
    carry.push(Uint8Array.of(1));
    carry.clear();
    expect([...carry.push(Uint8Array.of(2, 3))]).toEqual([2, 3]);
  });
});
