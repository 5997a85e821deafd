import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '#libs/audio';
import { TrackAnalyser } from './track-analyser.js';

const RATES = [8000, 16000, 24000];

function thdOf(
  sampleRate: number,
  isMulaw: boolean,
  wave: (t: number) => number,
  seconds = 2,
): number | null {
  const samples = Int16Array.from({ length: seconds * sampleRate }, (_, i) =>
    Math.round(wave(i / sampleRate)),
  );
  const analyser = new TrackAnalyser({ encoding: isMulaw ? 'mulaw' : 'pcm16', sampleRate });
  analyser.push(isMulaw ? decodeMulaw(encodeMulaw(samples)) : samples);
  return analyser.call().thdPercent;
}

const sine = (hz: number, t: number) => Math.sin(2 * Math.PI * hz * t);

describe('DistortionMeter', () => {
  it.each(RATES)('is within half a point for tones anywhere between the bins, at %d Hz', (sampleRate) => {
    for (const hz of [203, 440.7, 1020, 1313]) {
      for (const percent of [0.5, 2, 10]) {
        const each = percent / 100 / Math.SQRT2;
        for (const isMulaw of [false, true]) {
          const wave = (t: number) => 9000 * (sine(hz, t) + each * (sine(2 * hz, t) + sine(3 * hz, t)));
          const thd = thdOf(sampleRate, isMulaw, wave, 1);
          expect(Math.abs(thd! - percent)).toBeLessThan(0.5);
        }
      }
    }
  });

  it('has no figure for chords, dialling tones, noise and glides', () => {
    const sounds = [
      (t: number) => 5000 * (sine(440, t) + sine(660, t)),
      (t: number) => 5000 * (sine(697, t) + sine(1209, t)),
      (t: number) => 9000 * Math.sin(2 * Math.PI * (300 * t + 40 * t * t)),
      (t: number) => 9000 * (t % 0.5 < 0.25 ? sine(425, t) : 0),
      (t: number) => 9000 * sine(440, t) * (1 + 0.3 * sine(5, t)),
    ];
    for (const sampleRate of RATES)
      for (const sound of sounds) expect(thdOf(sampleRate, false, sound)).toBeNull();
  });
});
