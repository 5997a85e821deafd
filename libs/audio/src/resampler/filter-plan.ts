import { unsupportedRate } from '../errors.js';
import {
  FRACTION_BITS,
  NARROW_BY_2,
  NARROW_BY_3,
  NARROW_BY_6,
  WIDE_BY_2,
  WIDE_BY_3,
} from './coefficients.js';

/** One conversion as the kernels run it: raise the rate by `up`, filter, keep every `down`-th sample. */
export interface FilterPlan {
  readonly up: number;
  readonly down: number;
  /** Per phase. A multiple of four where the rate is raised by three, otherwise of eight, as the kernels need it. */
  readonly taps: number;
  /** `up` times `taps`; within a phase the coefficient of the oldest sample comes first. */
  readonly coefficients: Int16Array;
  /** Turns a sum of products into an output sample. */
  readonly scale: number;
  readonly delayMs: number;
}

const NARROW = new Map([
  [2, NARROW_BY_2],
  [3, NARROW_BY_3],
  [6, NARROW_BY_6],
]);
const WIDE = new Map([
  [2, WIDE_BY_2],
  [3, WIDE_BY_3],
]);

const RATES = [8000, 16000, 24000, 48000];
const plans = new Map<string, FilterPlan>();

/** Throws GatewayError AUDIO_RATE_UNSUPPORTED. The rates must differ. */
export function filterPlan(fromRate: number, toRate: number): FilterPlan {
  const key = `${fromRate}:${toRate}`;
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = makePlan(fromRate, toRate);
    plans.set(key, plan);
  }
  return plan;
}

function makePlan(fromRate: number, toRate: number): FilterPlan {
  for (const rate of [fromRate, toRate]) if (!RATES.includes(rate)) throw unsupportedRate(rate);
  const commonRate = leastCommonMultiple(fromRate, toRate);
  const lowerRate = Math.min(fromRate, toRate);
  const ratio = commonRate / lowerRate;
  const half = (lowerRate === 8000 ? NARROW : WIDE).get(ratio)!;
  const filter = [...half, ...[...half].reverse()];
  const up = commonRate / fromRate;
  const down = commonRate / toRate;

  const longest = filter.length / up;
  const taps = up === 3 && down === 1 ? longest : Math.ceil(longest / 8) * 8;
  const coefficients = new Int16Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    for (let age = 0; age < longest; age++) {
      coefficients[phase * taps + taps - 1 - age] = filter[phase + up * age]!;
    }
  }
  return {
    up,
    down,
    taps,
    coefficients,
    scale: up / (ratio * 2 ** FRACTION_BITS),
    // An output sample is made of the newest of the `down` samples it stands for, not of the oldest.
    delayMs: (((filter.length - 1) / 2 - (down - 1)) * 1000) / commonRate,
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
