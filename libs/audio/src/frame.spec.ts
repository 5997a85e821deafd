import { describe, expect, it } from '@jest/globals';
import type { AudioFormat } from '#libs/contracts';
import {
  fillerFrame,
  frameAt,
  frameFromBase64,
  frameFromBytes,
  frameFromSamples,
  madeBase64,
} from './frame.js';
import { encodeAlaw, encodeMulaw } from './g711.js';
import { bytesFromSamples } from './pcm.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const ALAW: AudioFormat = { encoding: 'alaw', sampleRate: 8000 };
const PCM24: AudioFormat = { encoding: 'pcm16', sampleRate: 24000 };

describe('an audio frame', () => {
  const samples = Int16Array.of(0, 1000, -1000, 32767, -32768, 5);

  it.each([
    [MULAW, encodeMulaw(samples)],
    [ALAW, encodeAlaw(samples)],
    [PCM24, bytesFromSamples(samples)],
  ])('shows the same sound from whichever view it was made of: %o', (format, bytes) => {
    const text = Buffer.from(bytes).toString('base64');
    const fromText = frameFromBase64('caller', format, 7, text);
    const fromBytes = frameFromBytes('caller', format, 7, bytes);
    const fromSamples = frameFromSamples('caller', format, 7, samples);
    for (const frame of [fromText, fromBytes, fromSamples]) {
      expect(frame.base64).toBe(text);
      expect(Buffer.from(frame.bytes).equals(bytes)).toBe(true);
      expect(frame.durationMs).toBeCloseTo(6000 / format.sampleRate, 9);
      expect(frame).toMatchObject({ track: 'caller', format, timestampMs: 7 });
    }
    expect(fromText.samples).toEqual(fromBytes.samples);
  });

  it('makes each view once', () => {
    const frame = frameFromBase64('agent', MULAW, 0, '/38A');
    expect(frame.bytes).toBe(frame.bytes);
    expect(frame.samples).toBe(frame.samples);
    expect(frame.samples).toEqual(Int16Array.of(0, 0, -32124));
  });

  it('keeps its views when it is moved in time', () => {
    const frame = frameFromBytes('agent', MULAW, 0, Uint8Array.of(1, 2, 3));
    const samples = frame.samples;
    const later = frameAt(frame, 40);
    expect(later.timestampMs).toBe(40);
    expect(later.samples).toBe(samples);
    expect(frame.timestampMs).toBe(0);
  });

  it('keeps when it was spoken, and that it is filler, when it is moved in time', () => {
    expect(frameAt(frameFromBase64('caller', MULAW, 0, '/w==', 155), 40)).toMatchObject({
      timestampMs: 40,
      sentMs: 155,
      isFiller: false,
    });
    expect(frameAt(fillerFrame(MULAW, 0, Uint8Array.of(0xff)), 40)).toMatchObject({
      timestampMs: 40,
      sentMs: null,
      isFiller: true,
    });
  });

  it('moves a frame that somebody else made', () => {
    const foreign = {
      track: 'caller' as const,
      format: MULAW,
      timestampMs: 1,
      durationMs: 0.125,
      sentMs: 5,
      isFiller: true,
      base64: '/w==',
      bytes: Uint8Array.of(0xff),
      samples: Int16Array.of(0),
    };
    expect(frameAt(foreign, 9)).toMatchObject({
      timestampMs: 9,
      track: 'caller',
      base64: '/w==',
      durationMs: 0.125,
      sentMs: 5,
      isFiller: true,
    });
    expect(madeBase64(foreign)).toBeNull();
  });

  it('tells whether its base64 exists already', () => {
    const frame = frameFromBytes('agent', MULAW, 0, Uint8Array.of(0xff));
    expect(madeBase64(frame)).toBeNull();
    expect(frame.base64).toBe('/w==');
    expect(madeBase64(frame)).toBe('/w==');
  });
});
