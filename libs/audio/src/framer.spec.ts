import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Framer } from './framer.js';

function framesOf(frameBytes: number, pieces: readonly Uint8Array[], padByte?: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const framer = new Framer(frameBytes, (frame) => frames.push(frame));
  for (const piece of pieces) framer.push(piece);
  if (padByte !== undefined) framer.flush(padByte);
  return frames;
}

describe('the framer', () => {
  it('loses nothing, invents nothing and keeps the order, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.uint8Array({ maxLength: 90 }), { maxLength: 20 }),
        (frameBytes, pieces) => {
          const all = Buffer.concat(pieces);
          const frames = framesOf(frameBytes, pieces);
          expect(frames.every((frame) => frame.length === frameBytes)).toBe(true);
          expect(frames).toHaveLength(Math.floor(all.length / frameBytes));
          expect(Buffer.concat(frames).equals(all.subarray(0, frames.length * frameBytes))).toBe(true);

          const padded = Buffer.concat(framesOf(frameBytes, pieces, 0xff));
          expect(padded).toHaveLength(Math.ceil(all.length / frameBytes) * frameBytes);
          expect(padded.subarray(0, all.length).equals(all)).toBe(true);
          expect(padded.subarray(all.length).every((byte) => byte === 0xff)).toBe(true);
        },
      ),
    );
  });

  it('hands on views of whole frames without copying them', () => {
    const bytes = Uint8Array.from({ length: 320 }, (_, i) => i);
    const frames = framesOf(160, [bytes]);
    expect(frames.map((frame) => frame.buffer)).toEqual([bytes.buffer, bytes.buffer]);
    expect(frames[1]!.byteOffset - bytes.byteOffset).toBe(160);
  });

  it('never writes into a frame it has handed on', () => {
    const frames = framesOf(4, [Uint8Array.of(1), Uint8Array.of(2, 3, 4, 5), Uint8Array.of(6, 7, 8)]);
    expect(frames.map((frame) => [...frame])).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it('says how many bytes wait, and forgets them when told to', () => {
    const frames: Uint8Array[] = [];
    const framer = new Framer(4, (frame) => frames.push(frame));
    framer.push(Uint8Array.of(1, 2, 3));
    expect(framer.pendingBytes).toBe(3);
    framer.clear();
    expect(framer.pendingBytes).toBe(0);
    framer.flush(0);
    framer.push(Uint8Array.of(9, 9, 9, 9));
    expect(frames.map((frame) => [...frame])).toEqual([[9, 9, 9, 9]]);
  });

  it('refuses a frame length that would never end', () => {
    for (const frameBytes of [0, -1, Number.NaN])
      expect(() => new Framer(frameBytes, () => null)).toThrow(RangeError);
  });

  it('allows flushing from within the frame callback', () => {
    const seen: number[][] = [];
    const framer = new Framer(2, (frame) => {
      seen.push([...frame]);
      if (seen.length === 1) framer.flush(0);
    });
    framer.push(Uint8Array.of(1, 2, 3));
    framer.flush(0);
    expect(seen).toEqual([
      [1, 2],
      [3, 0],
    ]);
  });
});
