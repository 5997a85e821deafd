import { describe, expect, it } from '@jest/globals';
import { Resampler } from '#libs/audio';
import { measureResponse } from './response.mjs';

const RATES = [8000, 16000, 24000, 48000];
const PAIRS = RATES.flatMap((from) => RATES.filter((to) => to !== from).map((to) => [from, to] as const));

describe.each(PAIRS)('the sound of %i Hz as %i Hz', (from, to) => {
  const makeResample = () => {
    const resampler = new Resampler(from, to);
    return (samples: Int16Array) => resampler.resample(samples);
  };

  it('is flat to 0.05 dB where speech is, and free of images and aliases to 75 dB', () => {
    const { rippleDb, offsetDb, worstImageDb } = measureResponse(makeResample, from, to);
    expect(rippleDb).toBeLessThanOrEqual(0.05);
    expect(offsetDb).toBeLessThanOrEqual(0.05);
    expect(worstImageDb).toBeLessThanOrEqual(-75);
  });
});

describe('the yardstick itself', () => {
  it('finds the images and the ripple of a resampler that only repeats samples', () => {
    const repeat = () => (samples: Int16Array) =>
      Int16Array.from({ length: samples.length * 3 }, (_, i) => samples[Math.floor(i / 3)]!);
    const { rippleDb, worstImageDb } = measureResponse(repeat, 8000, 24000);
    expect(rippleDb).toBeGreaterThan(2);
    expect(worstImageDb).toBeGreaterThan(-10);
  });

  it('finds the aliases of a resampler that only drops samples', () => {
    const drop = () => (samples: Int16Array) => samples.filter((_, i) => i % 3 === 0);
    expect(measureResponse(drop, 24000, 8000).worstImageDb).toBeGreaterThan(-1);
  });
});
