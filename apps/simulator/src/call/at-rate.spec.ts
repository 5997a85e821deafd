import { describe, expect, it } from '@jest/globals';
import { atRate } from './at-rate.js';

function sine(hz: number, sampleRate: number, length = sampleRate): Int16Array {
  return Int16Array.from({ length }, (_, i) =>
    Math.round(12000 * Math.sin((2 * Math.PI * hz * i) / sampleRate)),
  );
}

/** Root mean square of the difference, relative to the signal, in dB; the edges are left out. */
function errorDb(actual: Int16Array, expected: Int16Array): number {
  let error = 0;
  let power = 0;
  for (let i = 500; i < expected.length - 500; i++) {
    error += (actual[i]! - expected[i]!) ** 2;
    power += expected[i]! ** 2;
  }
  return 10 * Math.log10(error / power);
}

describe('atRate', () => {
  it.each([
    [16000, 8000],
    [24000, 8000],
    [8000, 24000],
    [44100, 8000],
    [22050, 16000],
    [11025, 24000],
    [48000, 16000],
  ])('takes a tone from %i to %i Hz without delay or distortion', (from, to) => {
    expect(errorDb(atRate(sine(1000, from), from, to), sine(1000, to))).toBeLessThan(-60);
  });

  it('keeps out what the lower rate cannot hold', () => {
    const leaked = atRate(sine(5500, 16000), 16000, 8000);
    const rms = Math.sqrt(
      leaked.slice(500, -500).reduce((sum, sample) => sum + sample ** 2, 0) / (leaked.length - 1000),
    );
    expect(rms).toBeLessThan(8);
  });

  it('saturates instead of wrapping', () => {
    const positive = (index: number) => index % 40 < 20;
    const square = Int16Array.from({ length: 800 }, (_, index) => (positive(index) ? 32767 : -32768));
    const up = atRate(square, 8000, 16000);
    // Away from its edges a square wave overshoots, and must keep its sign.
    for (let index = 5; index < 795; index++) {
      if (positive(index - 2) === positive(index + 2)) expect(up[2 * index]! > 0).toBe(positive(index));
    }
  });

  it('returns the very same samples when there is nothing to do', () => {
    const samples = sine(300, 8000);
    expect(atRate(samples, 8000, 8000)).toBe(samples);
  });
});
