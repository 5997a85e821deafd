import { describe, expect, it } from '@jest/globals';
import { levelOf, SILENCE_DBOV } from './level.js';
import { tone } from './tone.js';

describe('level', () => {
  it('is 0 dBov for a full-scale square wave', () => {
    const square = Int16Array.from({ length: 800 }, (_, i) => (i % 16 < 8 ? 32767 : -32768));
    expect(levelOf(square).rmsDbov).toBeCloseTo(0, 3);
    expect(levelOf(square).peakDbov).toBe(0);
  });

  it('is -3.01 dBov for a full-scale sine, whose peak is at 0', () => {
    const sine = Int16Array.from({ length: 8000 }, (_, i) =>
      Math.round(32767 * Math.sin((2 * Math.PI * 1000 * i) / 8000)),
    );
    expect(levelOf(sine).rmsDbov).toBeCloseTo(-3.01, 2);
    expect(levelOf(sine).peakDbov).toBeCloseTo(0, 3);
  });

  it('ends at -127 dBov, for digital silence and for no sound at all', () => {
    expect(levelOf(new Int16Array(160))).toEqual({ rmsDbov: SILENCE_DBOV, peakDbov: SILENCE_DBOV });
    expect(levelOf(new Int16Array(0))).toEqual({ rmsDbov: SILENCE_DBOV, peakDbov: SILENCE_DBOV });
  });
});

describe('a tone', () => {
  const options = { frequencyHz: 440, durationMs: 400, sampleRate: 24000 };

  it('has the level it was asked for between its fades', () => {
    const samples = tone({ ...options, levelDbov: -20 });
    expect(samples).toHaveLength(9600);
    expect(levelOf(samples.subarray(1200, 8400)).rmsDbov).toBeCloseTo(-20, 1);
  });

  it('begins and ends without a click', () => {
    const samples = tone({ ...options, levelDbov: -9, fadeMs: 10 });
    expect(samples[0]).toBe(0);
    expect(levelOf(samples.subarray(0, 24)).peakDbov).toBeLessThan(-40);
    expect(levelOf(samples.subarray(-24)).peakDbov).toBeLessThan(-40);
  });

  it('never exceeds full scale and may be shorter than its fades', () => {
    expect(levelOf(tone({ ...options, levelDbov: 3 })).peakDbov).toBeLessThanOrEqual(0);
    expect(tone({ ...options, durationMs: 5 })).toHaveLength(120);
    expect(tone({ ...options, durationMs: 0 })).toHaveLength(0);
  });
});
