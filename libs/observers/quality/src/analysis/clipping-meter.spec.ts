import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw, monoOf, readWav } from '#libs/audio';
import { TrackAnalyser } from './track-analyser.js';

const SPEECH = readWav(
  readFileSync(new URL('../../../../../apps/simulator/speech/agent-answer.wav', import.meta.url)),
);
const MONO = monoOf(SPEECH);

/** The speech with `percent` of its samples at the ceiling, then made softer. */
function clippedSpeech(percent: number, ceiling: number, factor: number): Int16Array {
  const sorted = Float64Array.from(MONO, Math.abs).sort();
  const edge = sorted[Math.min(sorted.length - 1, Math.round(sorted.length * (1 - percent / 100)))]!;
  const gain = percent === 0 ? (0.9 * ceiling) / edge : ceiling / edge;
  return MONO.map((sample) => Math.round(factor * Math.max(-ceiling, Math.min(ceiling, sample * gain))));
}

function clippingOf(samples: Int16Array): number {
  const analyser = new TrackAnalyser({ encoding: 'pcm16', sampleRate: SPEECH.sampleRate });
  analyser.push(samples);
  return analyser.call().clippingPercent!;
}

describe('ClippingMeter', () => {
  it.each([0, 0.5, 1, 2, 5])('counts %d percent within a tenth of a point', (percent) => {
    for (const ceiling of [32767, 32124]) {
      for (const factor of [1, 0.7, 0.1]) {
        const share = clippingOf(clippedSpeech(percent, ceiling, factor));
        expect(Math.abs(share - percent)).toBeLessThanOrEqual(0.1);
      }
    }
  });

  it('finds flat tops after μ-law, at its ceiling and below it', () => {
    for (const factor of [1, 0.6, 0.2]) {
      const coded = decodeMulaw(encodeMulaw(clippedSpeech(3, 32767, factor)));
      const top = coded.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      const atTop = coded.filter((sample) => Math.abs(sample) === top).length;
      expect(Math.abs(clippingOf(coded) - (100 * atTop) / coded.length)).toBeLessThan(0.1);
    }
    expect(clippingOf(decodeMulaw(encodeMulaw(clippedSpeech(0, 32767, 1))))).toBeLessThan(0.02);
  });

  it('finds none in tones, in silence and in the steps of a soft signal', () => {
    const rate = SPEECH.sampleRate;
    for (const hz of [100, 203, 441, 1000, 2000]) {
      const tone = Int16Array.from(
        { length: rate },
        (_, i) => 30000 * Math.sin((2 * Math.PI * hz * i) / rate),
      );
      expect(clippingOf(tone)).toBe(0);
      expect(clippingOf(decodeMulaw(encodeMulaw(tone)))).toBe(0);
    }
    expect(clippingOf(new Int16Array(rate))).toBe(0);
    expect(clippingOf(Int16Array.from({ length: rate }, (_, i) => (i % 80 < 40 ? 8 : -8)))).toBe(0);
  });

  it('counts each sign at its own level', () => {
    const uneven = clippedSpeech(4, 32767, 1).map((sample) =>
      sample < 0 ? Math.round(sample * 0.8) : sample,
    );
    expect(Math.abs(clippingOf(uneven) - 4)).toBeLessThanOrEqual(0.1);
  });
});
