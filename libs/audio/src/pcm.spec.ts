import { describe, expect, it } from '@jest/globals';
import { bytesFromSamples, bytesPerMs, samplesFromBytes, silence } from './pcm.js';

describe('PCM16 bytes and samples', () => {
  it('are views of one another where the address is even', () => {
    const bytes = new Uint8Array([0x01, 0x00, 0xff, 0x7f, 0x00, 0x80]);
    const samples = samplesFromBytes(bytes);
    expect(samples).toEqual(Int16Array.of(1, 32767, -32768));
    expect(samples.buffer).toBe(bytes.buffer);
    expect(bytesFromSamples(samples)).toEqual(bytes);
  });

  it('are copied where a Buffer begins at an odd address', () => {
    const pool = Buffer.from([0xaa, 0x01, 0x00, 0xff, 0x7f, 0xaa]);
    expect(samplesFromBytes(pool.subarray(1, 5))).toEqual(Int16Array.of(1, 32767));
  });

  it('refuse half a sample with a stable code', () => {
    expect(() => samplesFromBytes(new Uint8Array(3))).toThrow(
      expect.objectContaining({ code: 'AUDIO_ODD_LENGTH' }),
    );
  });
});

describe('silence', () => {
  it('is the code of zero in every encoding', () => {
    expect([...silence({ encoding: 'mulaw', sampleRate: 8000 }, 0.5)]).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect([...silence({ encoding: 'alaw', sampleRate: 8000 }, 0.5)]).toEqual([0xd5, 0xd5, 0xd5, 0xd5]);
    expect([...silence({ encoding: 'pcm16', sampleRate: 8000 }, 0.25)]).toEqual([0, 0, 0, 0]);
  });

  it('is as long as asked for, in whole samples', () => {
    expect(silence({ encoding: 'pcm16', sampleRate: 24000 }, 20)).toHaveLength(960);
    expect(silence({ encoding: 'mulaw', sampleRate: 8000 }, 20)).toHaveLength(160);
    expect(bytesPerMs({ encoding: 'pcm16', sampleRate: 24000 })).toBe(48);
  });
});
