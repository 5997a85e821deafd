import { amplitude, type Signal } from './signal.js';
import { dtmf } from './tones.js';

/** A full-scale sine is 3.14 dBm0 (ITU-T G.711) and -3.01 dBov (G.100.1). */
const DBOV_OF_DBM0 = -6.15;

/** Sines of equal power, on and off in turns. */
export interface ToneSignal {
  readonly name: string;
  readonly hz: readonly number[];
  /** Milliseconds on, off, on, off …, over and over; without a cadence the tone is steady. */
  readonly cadenceMs?: readonly number[];
}

/** ITU-T E.180 supplement 2 (call progress), V.25 and T.30 (fax and modems). */
export const PROGRESS_TONES: readonly ToneSignal[] = [
  { name: 'US dial tone', hz: [350, 440] },
  { name: 'US ringback', hz: [440, 480], cadenceMs: [2000, 4000] },
  { name: 'US busy', hz: [480, 620], cadenceMs: [500, 500] },
  { name: 'US reorder', hz: [480, 620], cadenceMs: [250, 250] },
  { name: 'UK ringback', hz: [400, 450], cadenceMs: [400, 200, 400, 2000] },
  { name: 'UK dial tone', hz: [350, 450] },
  { name: 'European ringback', hz: [425], cadenceMs: [1000, 4000] },
  { name: 'European busy', hz: [425], cadenceMs: [480, 480] },
  { name: 'fax calling', hz: [1100], cadenceMs: [500, 3000] },
  { name: 'fax answer', hz: [2100], cadenceMs: [3300, 1500] },
];

/** The level is that of all sines together while they are on. */
export function toneSignal(
  { hz, cadenceMs }: ToneSignal,
  seconds: number,
  sampleRate: number,
  dbm0: number,
): Signal {
  const peak = (Math.SQRT2 * amplitude(dbm0 + DBOV_OF_DBM0)) / Math.sqrt(hz.length);
  const edges = edgesOf(cadenceMs, sampleRate);
  let part = 0;
  let left = edges[0]!;
  return Float64Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    if (left === 0) {
      part = (part + 1) % edges.length;
      left = edges[part]!;
    }
    left--;
    if (part % 2 === 1) return 0;
    let value = 0;
    for (const each of hz) value += Math.sin((2 * Math.PI * each * i) / sampleRate);
    return peak * value;
  });
}

function edgesOf(cadenceMs: readonly number[] | undefined, sampleRate: number): readonly number[] {
  return cadenceMs?.map((ms) => Math.round((ms * sampleRate) / 1000)) ?? [Number.POSITIVE_INFINITY];
}

/** Keys at `dbm0` together. */
export function keys(seconds: number, sampleRate: number, seed: number, dbm0: number): Signal {
  // Each of the two sines has a peak of 0.15.
  const factor = amplitude(dbm0 + DBOV_OF_DBM0) / 0.15;
  return dtmf(seconds, sampleRate, seed).map((value) => value * factor);
}
