import { describe, expect, it } from '@jest/globals';
import { createConverter } from './converter.js';
import { dtmfTones } from './dtmf.js';
import { frameFromSamples } from './frame.js';
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from './g711.js';
import { dbovFromPower } from './level.js';

const KEYS = '123A456B789C*0#D';
const LOW = [697, 770, 852, 941];
const HIGH = [1209, 1336, 1477, 1633];
/** 0 dBm0, for 3.17 dBm0 is a full-scale sine. */
const DBM0 = -3.01 - 3.17;

/** Power of one frequency in dBm0 (Goertzel, with a Hann window so that the other tone does not leak in). */
function powerAt(samples: Int16Array, sampleRate: number, frequencyHz: number): number {
  const n = samples.length;
  const step = (2 * Math.PI * frequencyHz) / sampleRate;
  let before = 0;
  let last = 0;
  for (let i = 0; i < n; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / n);
    const now = samples[i]! * window + 2 * Math.cos(step) * last - before;
    before = last;
    last = now;
  }
  const square = last * last + before * before - 2 * Math.cos(step) * last * before;
  const amplitude = (2 * Math.sqrt(Math.max(0, square))) / (n / 2);
  return dbovFromPower((amplitude * amplitude) / 2) - DBM0;
}

/** The strongest frequency within a band, to a tenth of a hertz. */
function peakHz(samples: Int16Array, sampleRate: number, fromHz: number, toHz: number): number {
  const best = (from: number, to: number, stepHz: number) => {
    let peak = from;
    let power = Number.NEGATIVE_INFINITY;
    for (let hz = from; hz <= to; hz += stepHz) {
      const here = powerAt(samples, sampleRate, hz);
      if (here > power) [peak, power] = [hz, here];
    }
    return peak;
  };
  const rough = best(fromHz, toHz, 5);
  return best(rough - 5, rough + 5, 0.1);
}

const WAYS: Readonly<Record<string, { rate: number; through(samples: Int16Array): Int16Array }>> = {
  'at 8 kHz': { rate: 8000, through: (samples) => samples },
  'at 24 kHz': { rate: 24_000, through: (samples) => samples },
  'through μ-law': { rate: 8000, through: (samples) => decodeMulaw(encodeMulaw(samples)) },
  'through A-law': { rate: 8000, through: (samples) => decodeAlaw(encodeAlaw(samples)) },
};

describe('tones of keys', () => {
  for (const [way, { rate, through }] of Object.entries(WAYS)) {
    it.each([...KEYS])(`of %s have the right two frequencies, level and twist ${way}`, (key) => {
      const heard = through(dtmfTones(key, rate)).subarray(rate * 0.005, rate * 0.095);
      const at = KEYS.indexOf(key);
      const low = LOW[Math.floor(at / 4)]!;
      const high = HIGH[at % 4]!;
      const lowPower = powerAt(heard, rate, low);
      const highPower = powerAt(heard, rate, high);
      expect(Math.abs(peakHz(heard, rate, 620, 1050) / low - 1)).toBeLessThan(0.015);
      expect(Math.abs(peakHz(heard, rate, 1100, 1750) / high - 1)).toBeLessThan(0.015);
      expect(Math.abs(lowPower - -9)).toBeLessThan(0.5);
      expect(Math.abs(highPower - -7)).toBeLessThan(0.5);
      expect(highPower - lowPower).toBeGreaterThan(1.5);
      expect(highPower - lowPower).toBeLessThan(2.5);
      for (const other of [...LOW, ...HIGH]) {
        if (other !== low && other !== high) expect(powerAt(heard, rate, other)).toBeLessThan(-29);
      }
    });
  }

  it('keep level and twist when the rate is changed on the way', () => {
    const pcm24 = { encoding: 'pcm16', sampleRate: 24_000 } as const;
    const converter = createConverter(pcm24, { encoding: 'mulaw', sampleRate: 8000 });
    const samples = converter.convert(frameFromSamples('agent', pcm24, 0, dtmfTones('5', 24_000)))!.samples;
    const heard = samples.subarray(120, 720);
    expect(Math.abs(powerAt(heard, 8000, 770) - -9)).toBeLessThan(0.7);
    expect(Math.abs(powerAt(heard, 8000, 1336) - -7)).toBeLessThan(0.7);
  });

  it('last 100 ms with 100 ms of silence behind each, and w half a second', () => {
    const samples = dtmfTones('1w2', 8000);
    expect(samples).toHaveLength((200 + 500 + 200) * 8);
    const loud = (fromMs: number, toMs: number) =>
      samples.subarray(fromMs * 8, toMs * 8).some((sample) => sample !== 0);
    expect([loud(1, 99), loud(100, 700), loud(701, 799), loud(800, 900)]).toEqual([true, false, true, false]);
    // Up within 5 ms, and down within 5.
    const peak = (fromMs: number, toMs: number) => Math.max(...samples.subarray(fromMs * 8, toMs * 8));
    expect(peak(3, 8)).toBeGreaterThan(0.8 * peak(40, 60));
    expect(peak(92, 97)).toBeGreaterThan(0.8 * peak(40, 60));
  });

  it('never clip', () => {
    for (const rate of [8000, 16_000, 24_000, 48_000]) {
      const peak = dtmfTones(KEYS, rate).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      expect(peak).toBeLessThan(25_000);
    }
  });

  it('exist for keys only', () => {
    for (const keys of ['E', 'a', ' ', '12+', '123A456B'.slice(2, 5).toLowerCase()])
      expect(() => dtmfTones(keys, 8000)).toThrow(RangeError);
    expect(dtmfTones('', 8000)).toHaveLength(0);
  });
});
