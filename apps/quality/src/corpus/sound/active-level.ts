import type { Signal } from './signal.js';

/** ITU-T P.56 (12/2011), method B. */
const TIME_CONSTANT_S = 0.03;
const HANGOVER_S = 0.2;
const MARGIN_DB = 15.9;
const THRESHOLDS = 16;
/** The envelope is compared with the thresholds this often; with 30 ms of smoothing it does not change faster. */
const STEP_S = 0.001;

/**
 * Active speech level in dBov, straight from the Recommendation and apart from the monitor's own code, so that neither
 * hides the other's faults. `signal` should be speech without noise. -Infinity where there is none.
 */
export function activeLevel(signal: Signal, sampleRate: number): number {
  const smooth = Math.exp(-1 / (sampleRate * TIME_CONSTANT_S));
  const step = Math.round(STEP_S * sampleRate);
  const hangover = Math.ceil((HANGOVER_S * sampleRate) / step);
  const thresholds = Array.from({ length: THRESHOLDS }, (_, j) => 2 ** (j - THRESHOLDS));
  const active = new Float64Array(THRESHOLDS);
  const sinceAbove = new Float64Array(THRESHOLDS).fill(hangover);
  let squares = 0;
  let p = 0;
  let q = 0;
  for (let i = 0; i < signal.length; i++) {
    const value = signal[i]!;
    squares += value * value;
    p = smooth * p + (1 - smooth) * Math.abs(value);
    q = smooth * q + (1 - smooth) * p;
    if (i % step !== 0) continue;
    for (let j = 0; j < THRESHOLDS; j++) {
      if (q >= thresholds[j]!) sinceAbove[j] = 0;
      else if (sinceAbove[j]! < hangover) sinceAbove[j] = sinceAbove[j]! + 1;
      else continue;
      active[j] = active[j]! + step;
    }
  }
  return crossing(squares, active, thresholds);
}

/** The level at which the active level lies MARGIN_DB above the threshold it was found with, between two thresholds. */
function crossing(squares: number, active: Float64Array, thresholds: readonly number[]): number {
  let before: { readonly level: number; readonly excess: number } | null = null;
  for (let j = 0; j < thresholds.length && active[j]! > 0; j++) {
    const level = 10 * Math.log10(squares / active[j]!);
    const excess = level - 20 * Math.log10(thresholds[j]!) - MARGIN_DB;
    if (excess <= 0) {
      if (before === null) return level;
      const share = before.excess / (before.excess - excess);
      return before.level + share * (level - before.level);
    }
    before = { level, excess };
  }
  return before?.level ?? Number.NEGATIVE_INFINITY;
}
