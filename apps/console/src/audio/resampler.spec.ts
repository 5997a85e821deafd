import { describe, expect, it } from '@jest/globals';
import { Resampler } from './resampler.js';

function sine(rate: number, hertz: number, seconds: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: rate * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate),
  );
}

/** Power of what is left of a stretch when its best sine of this frequency is taken away, against that sine, in dB. */
function residueDb(samples: Float32Array, rate: number, hertz: number): number {
  let [cosine, quadrature, power] = [0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const angle = (2 * Math.PI * hertz * i) / rate;
    cosine += samples[i]! * Math.cos(angle);
    quadrature += samples[i]! * Math.sin(angle);
    power += samples[i]! ** 2;
  }
  const fitted = (2 * (cosine ** 2 + quadrature ** 2)) / samples.length;
  return 10 * Math.log10(Math.max(1e-15, power - fitted) / fitted);
}

describe('the resampler', () => {
  it.each([
    [8000, 24_000, 1000],
    [8000, 24_000, 3100],
    [16_000, 24_000, 5000],
    [8000, 44_100, 1000],
    [24_000, 48_000, 7000],
    [24_000, 44_100, 7000],
    [44_100, 24_000, 7000],
    [48_000, 24_000, 9000],
  ])('brings a tone from %d to %d Hz without anything else (%d Hz)', (from, to, hertz) => {
    const result = new Resampler(from, to).resample(sine(from, hertz, 1));
    expect(Math.abs(result.length - to)).toBeLessThan(to / 100);
    const middle = result.slice(to / 10, to / 10 + to / 2);
    expect(residueDb(middle, to, hertz)).toBeLessThan(-70);
    const peak = middle.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(20 * Math.log10(peak / 0.5)).toBeGreaterThan(-0.1);
    expect(20 * Math.log10(peak / 0.5)).toBeLessThan(0.1);
  });

  it('lets nothing through that the lower rate cannot hold', () => {
    const result = new Resampler(48_000, 24_000).resample(sine(48_000, 15_000, 1));
    const peak = result.slice(2400, -100).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(20 * Math.log10(peak)).toBeLessThan(-75);
  });

  it.each([
    [8000, 24_000],
    [48_000, 24_000],
    [44_100, 24_000],
  ])('gives the same however the sound from %d Hz is cut', (from, to) => {
    const sound = sine(from, 900, 0.5);
    const whole = new Resampler(from, to).resample(sound);
    const cut = new Resampler(from, to);
    const pieces: number[] = [];
    for (let at = 0, size = 1; at < sound.length; at += size, size = (size * 7 + 13) % 997) {
      pieces.push(...cut.resample(sound.slice(at, at + size)));
    }
    expect(Float32Array.from(pieces)).toEqual(whole);
  });

  it('leaves equal rates alone, and begins anew after a reset', () => {
    const sound = sine(8000, 500, 0.1);
    expect(new Resampler(24_000, 24_000).resample(sound)).toBe(sound);
    const resampler = new Resampler(8000, 24_000);
    const first = resampler.resample(sound);
    resampler.reset();
    expect(resampler.resample(sound)).toEqual(first);
  });
});
