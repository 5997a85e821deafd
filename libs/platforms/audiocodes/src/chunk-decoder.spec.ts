import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { wavHeader } from '#libs/audio';
import type { AudioFrame } from '#libs/contracts';
import { MEDIA_FORMATS, type MediaFormatName, mediaFormat } from './audiocodes.formats.js';
import { ChunkDecoder } from './chunk-decoder.js';

function decodeAll(decoder: ChunkDecoder, chunks: readonly Buffer[]): AudioFrame[] {
  return chunks.map((chunk) => decoder.decode(chunk.toString('base64'), 5)).filter((frame) => frame !== null);
}

function joined(frames: readonly AudioFrame[]): Buffer {
  return Buffer.concat(frames.map(({ bytes }) => bytes));
}

function decoderOf(name: MediaFormatName, mismatches: string[] = []): ChunkDecoder {
  return new ChunkDecoder(mediaFormat(name), (error) => mismatches.push(error.code));
}

/** The pieces of `bytes` between the cuts. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((where) => where % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

describe('the decoder of user stream chunks', () => {
  it('passes the base64 of whole samples on as it came', () => {
    const base64 = Buffer.from([1, 2, 3, 4]).toString('base64');
    expect(decoderOf('raw/lpcm16').decode(base64, 5)).toMatchObject({
      base64,
      timestampMs: 5,
      track: 'caller',
    });
    expect(decoderOf('raw/mulaw').decode('AAAA', 5)).toMatchObject({ base64: 'AAAA', durationMs: 0.375 });
  });

  it.each(MEDIA_FORMATS)(
    'yields the same bytes of %s however they are cut, with a header or without',
    (name) => {
      const { audio, wav } = mediaFormat(name);
      const width = audio.encoding === 'pcm16' ? 2 : 1;
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 400 }).filter((bytes) => bytes[0] !== 0x52),
          fc.array(fc.nat(), { maxLength: 30 }),
          fc.constantFrom(0, 1000, 0xffffffff),
          fc.boolean(),
          (sound, cuts, length, withHeader) => {
            const header = wav && withHeader ? wavHeader(audio, 1, length) : new Uint8Array(0);
            const mismatches: string[] = [];
            const decoder = decoderOf(name, mismatches);
            for (let stream = 0; stream < 2; stream++) {
              decoder.restart();
              const frames = decodeAll(decoder, cut(Buffer.concat([header, sound]), cuts));
              const whole = sound.length - (sound.length % width);
              expect(joined(frames)).toEqual(Buffer.from(sound.subarray(0, whole)));
              for (const frame of frames) expect(frame.samples.length * width).toBe(frame.bytes.length);
            }
            expect(mismatches).toEqual([]);
          },
        ),
      );
    },
  );

  it('skips chunks of a header that it has no use for', () => {
    const header = Buffer.from(wavHeader(mediaFormat('wav/lpcm16').audio, 1, 0));
    const list = Buffer.concat([Buffer.from('LIST'), Buffer.from([3, 0, 0, 0]), Buffer.from('abc\0')]);
    const bytes = Buffer.concat([header.subarray(0, 36), list, header.subarray(36), Buffer.from([1, 2])]);
    expect(joined(decodeAll(decoderOf('wav/lpcm16'), [bytes]))).toEqual(Buffer.from([1, 2]));
  });

  it('reports a header that says something else than was agreed, and decodes as agreed', () => {
    const mismatches: string[] = [];
    const header = Buffer.from(wavHeader(mediaFormat('wav/lpcm16_8').audio, 1, 0));
    const frames = decodeAll(decoderOf('wav/lpcm16', mismatches), [
      Buffer.concat([header, Buffer.from([1, 2])]),
    ]);
    expect(mismatches).toEqual(['AUDIOCODES_WAV_MISMATCH']);
    expect(frames[0]!.format.sampleRate).toBe(16000);
  });

  it('does not wait for ever for the end of a header that has none', () => {
    const endless = Buffer.concat([
      Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'),
      Buffer.from('LIST', 'latin1'),
      Buffer.from([0, 0, 0, 0x40]),
      Buffer.alloc(1000),
    ]);
    expect(decodeAll(decoderOf('wav/lpcm16'), [endless])).toHaveLength(1);
  });
});
