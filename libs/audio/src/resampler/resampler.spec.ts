import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsKernel } from '../kernel/js-kernel.js';
import type { FirKernel } from '../kernel/kernel.js';
import { WasmKernel } from '../kernel/wasm-kernel.js';
import { joined } from '../pcm.js';
import { filterPlan } from './filter-plan.js';
import { Resampler } from './resampler.js';

const RATES = [8000, 16000, 24000, 48000];
const PAIRS = RATES.flatMap((from) => RATES.filter((to) => to !== from).map((to) => [from, to] as const));

const wasm = WasmKernel.load() as FirKernel;
const js = new JsKernel();

/** Noise from a seed; the same everywhere. */
function noise(length: number, seed: number): Int16Array {
  let state = seed | 1;
  return Int16Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >> 16;
  });
}

function cutAt(samples: Int16Array, cuts: readonly number[]): Int16Array[] {
  const places = [...cuts.map((cut) => cut % (samples.length + 1)), 0, samples.length].sort((a, b) => a - b);
  return places.slice(1).map((to, i) => samples.subarray(places[i], to));
}

/** As toEqual, at a speed for long sounds. */
function expectSame(actual: Int16Array, expected: Int16Array): void {
  expect(actual).toHaveLength(expected.length);
  expect(actual.findIndex((sample, i) => sample !== expected[i])).toBe(-1);
}

describe.each(PAIRS)('resampling %i to %i Hz', (from, to) => {
  it('gives the same bits however the input is cut', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12000 }),
        fc.integer(),
        fc.array(fc.nat(12000), { maxLength: 12 }),
        (length, seed, cuts) => {
          const sound = noise(length, seed);
          const whole = new Resampler(from, to).resample(sound);
          const resampler = new Resampler(from, to);
          const pieces = cutAt(sound, cuts).map((piece) => resampler.resample(piece));
          expectSame(joined(pieces), whole);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives the same bits sample by sample', () => {
    const sound = noise(700, 7);
    const resampler = new Resampler(from, to);
    const singles = [...sound].map((sample) => resampler.resample(Int16Array.of(sample)));
    expect(joined(singles)).toEqual(new Resampler(from, to).resample(sound));
  });

  it('gives the same bits in WebAssembly and in JavaScript', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -32768, max: 32767 }), fc.constantFrom(-32768, 32767, 0)), {
          maxLength: 3000,
          size: 'max',
        }),
        (values) => {
          const sound = Int16Array.from(values);
          expectSame(
            new Resampler(from, to, wasm).resample(sound),
            new Resampler(from, to, js).resample(sound),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it('saturates the worst signals there are instead of wrapping them', () => {
    const { up, down, taps, coefficients, scale } = filterPlan(from, to);
    for (let phase = 0; phase < up; phase++) {
      // The signal whose signs are the filter's: no other drives this phase further.
      const filter = coefficients.subarray(phase * taps, (phase + 1) * taps);
      const highest = filter.map((c) => (c < 0 ? -32768 : 32767));
      expect(filter.reduce((sum, c, i) => sum + c * highest[i]!, 0) * scale).toBeGreaterThan(32767);
      for (const kernel of [wasm, js]) {
        expect(Math.max(...atEveryPhase(kernel, highest, down))).toBe(32767);
        expect(
          Math.min(
            ...atEveryPhase(
              kernel,
              highest.map((s) => ~s),
              down,
            ),
          ),
        ).toBe(-32768);
      }
    }
  });

  /** The pattern between silence, shifted so that some output falls on its last sample. */
  function atEveryPhase(kernel: FirKernel, pattern: Int16Array, shifts: number): number[] {
    return Array.from({ length: shifts }, (_, lead) => {
      const sound = new Int16Array(lead + pattern.length + 8);
      sound.set(pattern, lead);
      return [...new Resampler(from, to, kernel).resample(sound)];
    }).flat();
  }

  it('never lets a partial sum leave 32 bits, in either kernel', () => {
    const { up, down, taps, coefficients } = filterPlan(from, to);
    const inVectors = up === 3 && down === 1 ? () => 0 : (t: number) => (t >> 1) % 4;
    for (const laneOf of [inVectors, (t: number) => t % 4]) {
      for (let phase = 0; phase < up; phase++) {
        const totals = [0, 0, 0, 0];
        for (let t = 0; t < taps; t++) totals[laneOf(t)]! += Math.abs(coefficients[phase * taps + t]!);
        expect(Math.max(...totals) * 32768 + 2 ** 13).toBeLessThan(2 ** 31);
      }
    }
    expect(taps % 4).toBe(0);
  });

  it('makes exactly as much sound as it takes', () => {
    for (const ms of [1, 20, 30, 1000]) {
      expect(new Resampler(from, to).resample(new Int16Array((from * ms) / 1000))).toHaveLength(
        (to * ms) / 1000,
      );
    }
  });

  it('delays by what it says, and by no more than 2 ms', () => {
    const { delayMs } = new Resampler(from, to);
    expect(delayMs).toBeLessThanOrEqual(2);
    // A slow Gaussian pulse keeps its shape, so that the centre of its mass is where it arrives.
    const centreMs = 20;
    const pulse = Int16Array.from({ length: from / 20 }, (_, i) =>
      Math.round(20000 * Math.exp(-(((i * 1000) / from - centreMs) ** 2) / 2)),
    );
    const heard = new Resampler(from, to).resample(pulse);
    const mass = heard.reduce((sum, s) => sum + s, 0);
    const arrivedMs = heard.reduce((sum, s, i) => sum + (s * i * 1000) / to, 0) / mass;
    expect(arrivedMs - centreMs).toBeCloseTo(delayMs, 2);
  });
});

describe('the resampler', () => {
  it('does without WebAssembly where the runtime does not accept the kernel', () => {
    expect(WasmKernel.load(Buffer.from('not a module'))).toBeNull();
    expect(wasm).not.toBeNull();
  });

  it('refuses rates it does not know with a stable code', () => {
    for (const [from, to] of [
      [8000, 11025],
      [44100, 8000],
      [0, 8000],
      [Number.NaN, 8000],
    ] as const) {
      expect(() => new Resampler(from, to)).toThrow(
        expect.objectContaining({ code: 'AUDIO_RATE_UNSUPPORTED' }),
      );
    }
  });

  it('keeps streams apart that take turns', () => {
    const a = noise(4000, 1);
    const b = noise(4000, 2);
    const first = new Resampler(8000, 24000);
    const second = new Resampler(24000, 8000);
    const heard: Int16Array[][] = [[], []];
    for (let at = 0; at < 4000; at += 160) {
      heard[0]!.push(first.resample(a.subarray(at, at + 160)));
      heard[1]!.push(second.resample(b.subarray(at, at + 160)));
    }
    expect(joined(heard[0]!)).toEqual(new Resampler(8000, 24000).resample(a));
    expect(joined(heard[1]!)).toEqual(new Resampler(24000, 8000).resample(b));
  });

  it('does not write into what it is given', () => {
    const sound = noise(480, 3);
    const copy = sound.slice();
    new Resampler(24000, 8000).resample(sound);
    expect(sound).toEqual(copy);
  });
});
