import { describe, expect, it } from '@jest/globals';
import { activeLevel } from './active-level.js';
import { joined, levelOf } from './signal.js';
import { harmonicTone } from './tones.js';

const tone = (seconds: number) =>
  harmonicTone({
    frequencyHz: 440,
    thdPercent: 0,
    harmonics: [2],
    seconds,
    sampleRate: 8000,
    levelDbov: -26,
  });
const silence = (seconds: number) => new Float64Array(8000 * seconds);

describe('the active level of ITU-T P.56', () => {
  it('is the plain level of what never pauses', () => {
    expect(activeLevel(tone(10), 8000)).toBeCloseTo(-26, 1);
  });

  it('leaves out what is silent for longer than the hangover', () => {
    const halves = joined(...Array.from({ length: 10 }, () => joined(tone(2), silence(2))));
    expect(levelOf(halves)).toBeCloseTo(-29, 1);
    // Of the 200 ms of hangover and of the envelope's decay after each tone about 0.6 dB remain.
    expect(activeLevel(halves, 8000)).toBeGreaterThan(-26.8);
    expect(activeLevel(halves, 8000)).toBeLessThan(-26.2);
  });

  it('is none for silence', () => {
    expect(activeLevel(silence(1), 8000)).toBe(Number.NEGATIVE_INFINITY);
  });
});
