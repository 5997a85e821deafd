import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AudioEncoding, AudioFormat, AudioFrame } from '#libs/contracts';
import { createConverter } from './converter.js';
import { fillerFrame, frameFromBase64, frameFromBytes, frameFromSamples } from './frame.js';
import { encodeAlaw, encodeMulaw } from './g711.js';
import { bytesFromSamples, bytesPerSample } from './pcm.js';
import { Resampler } from './resampler/resampler.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const ALAW: AudioFormat = { encoding: 'alaw', sampleRate: 8000 };
const PCM8: AudioFormat = { encoding: 'pcm16', sampleRate: 8000 };
const PCM16: AudioFormat = { encoding: 'pcm16', sampleRate: 16000 };
const PCM24: AudioFormat = { encoding: 'pcm16', sampleRate: 24000 };
const PCM48: AudioFormat = { encoding: 'pcm16', sampleRate: 48000 };
const FORMATS = [MULAW, ALAW, PCM8, PCM16, PCM24, PCM48];
const RATE_CHANGES = FORMATS.flatMap((from) =>
  FORMATS.filter((to) => to.sampleRate !== from.sampleRate).map((to) => ({ from, to })),
);

function encode(encoding: AudioEncoding, samples: Int16Array): Buffer {
  const bytes =
    encoding === 'mulaw'
      ? encodeMulaw(samples)
      : encoding === 'alaw'
        ? encodeAlaw(samples)
        : bytesFromSamples(samples);
  return Buffer.from(bytes);
}

/** Random bytes are sound in every encoding. */
function sound(format: AudioFormat, samples: number): Buffer {
  let state = 99;
  return Buffer.from(
    Uint8Array.from({ length: samples * bytesPerSample(format) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 24;
    }),
  );
}

function bytesOf(frames: readonly (AudioFrame | null)[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => (frame === null ? [] : [frame.bytes])));
}

const makers = {
  base64: (format: AudioFormat, bytes: Buffer) =>
    frameFromBase64('caller', format, 5, bytes.toString('base64')),
  bytes: (format: AudioFormat, bytes: Buffer) => frameFromBytes('caller', format, 5, bytes),
};

describe('a converter that changes the rate', () => {
  it.each(RATE_CHANGES)(
    'does what codec and resampler do one after the other: $from to $to',
    ({ from, to }) => {
      const bytes = sound(from, 30_001);
      const samples = frameFromBytes('caller', from, 0, bytes).samples;
      const expected = encode(to.encoding, new Resampler(from.sampleRate, to.sampleRate).resample(samples));
      fc.assert(
        fc.property(
          fc.constantFrom(...Object.values(makers)),
          fc.array(fc.nat(30_001), { maxLength: 12 }),
          (make, cuts) => {
            const converter = createConverter(from, to);
            const width = bytesPerSample(from);
            const places = [0, ...cuts, 30_001].sort((a, b) => a - b).map((cut) => cut * width);
            const frames = places
              .slice(1)
              .map((end, i) => converter.convert(make(from, bytes.subarray(places[i], end))));
            expect(bytesOf(frames).equals(expected)).toBe(true);
          },
        ),
        { numRuns: 10 },
      );
    },
  );

  it.each(RATE_CHANGES)('turns 20 ms into 20 ms and keeps track and time: $from to $to', ({ from, to }) => {
    const converter = createConverter(from, to);
    expect(converter).toMatchObject({ from, to });
    expect(converter.delayMs).toBeGreaterThan(0);
    expect(converter.delayMs).toBeLessThanOrEqual(2);
    for (const make of Object.values(makers)) {
      const frame = converter.convert(make(from, sound(from, from.sampleRate / 50)))!;
      expect(frame).toMatchObject({ track: 'caller', timestampMs: 5, durationMs: 20, format: to });
      expect(frame.samples).toHaveLength(to.sampleRate / 50);
    }
  });

  it('gives null while too little has come for one sample', () => {
    const converter = createConverter(PCM24, MULAW);
    const one = () => frameFromSamples('agent', PCM24, 0, Int16Array.of(1000));
    expect([converter.convert(one()), converter.convert(one())]).toEqual([null, null]);
    expect(converter.convert(one())!.bytes).toHaveLength(1);
    expect(converter.convert(frameFromBytes('agent', PCM24, 0, new Uint8Array(0)))).toBeNull();
    expect(converter.convert(frameFromBase64('agent', PCM24, 0, ''))).toBeNull();
  });

  it('refuses half a sample with a stable code and goes on with the next frame', () => {
    const converter = createConverter(PCM24, MULAW);
    for (const make of Object.values(makers)) {
      expect(() => converter.convert(make(PCM24, Buffer.alloc(961)))).toThrow(
        expect.objectContaining({ code: 'AUDIO_ODD_LENGTH' }),
      );
    }
    expect(converter.convert(makers.bytes(PCM24, Buffer.alloc(960)))!.bytes).toEqual(Buffer.alloc(160, 0xff));
  });

  it('keeps the sound of other calls out, even where base64 is cut short', () => {
    const loud = createConverter(MULAW, PCM24);
    loud.convert(makers.base64(MULAW, Buffer.alloc(160, 0x80)));
    const quiet = createConverter(MULAW, PCM24);
    // Seven of eight characters do not belong: the decoder finds less than the length promises.
    const frame = quiet.convert(frameFromBase64('caller', MULAW, 0, '/*******'.repeat(20)))!;
    expect(frame.samples.every((sample) => sample === 0)).toBe(true);
    expect(frame.samples.length).toBeLessThan(3 * 20);
  });

  it('leaves frames alone that it made before', () => {
    const converter = createConverter(MULAW, PCM24);
    const first = converter.convert(makers.base64(MULAW, sound(MULAW, 160)))!;
    const copy = first.base64;
    const second = converter.convert(makers.bytes(MULAW, sound(MULAW, 160)))!;
    const bytes = Buffer.from(second.bytes);
    converter.convert(makers.base64(MULAW, Buffer.alloc(160, 0x80)));
    expect(first.base64).toBe(copy);
    expect(first.bytes).toEqual(Buffer.from(copy, 'base64'));
    expect(bytes.equals(second.bytes)).toBe(true);
  });

  it('refuses rates it does not know', () => {
    expect(() => createConverter(MULAW, { encoding: 'pcm16', sampleRate: 44100 })).toThrow(
      expect.objectContaining({ code: 'AUDIO_RATE_UNSUPPORTED' }),
    );
  });
});

describe('a converter at one rate', () => {
  it('hands on the very same frame when the formats are equal', () => {
    const frame = makers.base64(MULAW, sound(MULAW, 160));
    const converter = createConverter(MULAW, { ...MULAW });
    expect(converter.convert(frame)).toBe(frame);
    expect(converter.delayMs).toBe(0);
  });

  it.each([
    [MULAW, PCM8],
    [PCM8, ALAW],
    [ALAW, MULAW],
  ])('changes the encoding sample by sample: %o to %o', (from, to) => {
    const frame = makers.base64(from, sound(from, 160));
    const converted = createConverter(from, to).convert(frame)!;
    expect(converted).toMatchObject({ track: 'caller', timestampMs: 5, durationMs: 20, format: to });
    expect(Buffer.from(converted.bytes)).toEqual(encode(to.encoding, frame.samples));
    expect(createConverter(from, to).delayMs).toBe(0);
  });

  it.each([PCM8, { encoding: 'pcm16', sampleRate: 24_000 } as const])(
    'keeps when a frame was spoken, and that it is filler: %o',
    (to) => {
      const converter = createConverter(MULAW, to);
      const spoken = frameFromBase64('caller', MULAW, 5, sound(MULAW, 160).toString('base64'), 155);
      expect(converter.convert(spoken)).toMatchObject({ sentMs: 155, isFiller: false });
      const filler = fillerFrame(MULAW, 5, sound(MULAW, 160));
      expect(converter.convert(filler)).toMatchObject({ track: 'caller', sentMs: null, isFiller: true });
    },
  );

  it('gives null for a frame without sound', () => {
    expect(createConverter(MULAW, PCM8).convert(makers.bytes(MULAW, Buffer.alloc(0)))).toBeNull();
  });
});
