import type { AudioEncoding, AudioFormat } from '#libs/contracts';
import { borrowedSamples } from './borrowed-samples.js';
import { frameFromBase64, frameFromBytes, frameFromSamples } from './frame.js';

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 37 + (i >> 3)) & 0xff);
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('borrowedSamples', () => {
  const encodings: readonly AudioEncoding[] = ['mulaw', 'alaw', 'pcm16'];

  it.each(encodings)(
    'are those of the frame, whatever it was made of and however long it is: %s',
    (encoding) => {
      const format: AudioFormat = { encoding, sampleRate: 8000 };
      for (const length of [2, 160, 320, 158, 47_998, 60_000]) {
        const bytes = bytesOf(length);
        const { samples } = frameFromBytes('caller', format, 0, bytes);
        expect(borrowedSamples(frameFromBase64('caller', format, 0, base64(bytes)))).toEqual(samples);
        expect(borrowedSamples(frameFromBytes('caller', format, 0, bytes))).toEqual(samples);
        expect(borrowedSamples(frameFromSamples('caller', format, 0, samples))).toEqual(samples);
      }
    },
  );

  it('leave the frame as it was, so that its own views are not those that are lent', () => {
    const format: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
    const one = frameFromBase64('caller', format, 0, base64(bytesOf(160)));
    const other = frameFromBase64('caller', format, 0, base64(bytesOf(160).reverse()));
    const expected = [...borrowedSamples(one)];
    borrowedSamples(other);
    expect([...one.samples]).toEqual(expected);
  });

  it('refuse half a sample as the frame does', () => {
    const format: AudioFormat = { encoding: 'pcm16', sampleRate: 8000 };
    const frame = frameFromBase64('caller', format, 0, base64(bytesOf(161)));
    expect(() => borrowedSamples(frame)).toThrow(expect.objectContaining({ code: 'AUDIO_ODD_LENGTH' }));
  });
});
