import FFT from 'fft.js';
import { SLOT_RATE, SLOTS_A_MS } from './echo-track.js';

/** Caller's sound compared at a time. */
export const BLOCK_SLOTS = 700;
/** An echo may seem early by as much as the guess of the time of hearing is off. */
const EARLIEST_MS = -20;
export const EARLIEST = EARLIEST_MS * SLOTS_A_MS;
const POINTS = 2048;
/** Lags of which the circular correlation is a true one: to 654 ms. */
export const LAGS = POINTS - BLOCK_SLOTS;
/** Below is hum and above the average of 0.5 ms folds. */
const LOWEST_BIN = Math.round((120 / SLOT_RATE) * POINTS);
const HIGHEST_BIN = Math.round((950 / SLOT_RATE) * POINTS);

const fft = new FFT(POINTS);
/** Shared by all calls: nothing in them outlives one search. */
const input = new Float64Array(2 * POINTS);
const spectrum = new Float64Array(2 * POINTS);
const product = new Float64Array(2 * POINTS);
const correlation = new Float64Array(2 * POINTS);

/**
 * Correlates a block of the caller with what the agent said up to 654 ms before, by phase alone (GCC-PHAT, Knapp and Carter
 * 1976), and adds the result, scaled to a variance of 1, to `evidence`: evidence[i] belongs to lag EARLIEST + i.
 * `caller` and `agent` stand in their rings from the given slots on; `agentFrom` is `callerFrom`, on the agent's own
 * time, less the longest lag.
 */
export function correlate(
  caller: Int16Array,
  callerFrom: number,
  agent: Int16Array,
  agentFrom: number,
  evidence: Float32Array,
): void {
  load(caller, callerFrom, agent, agentFrom);
  fft.transform(spectrum, input);
  const bins = whiten();
  fft.inverseTransform(correlation, product);
  // Bins of magnitude 1 on both halves make a variance of 2·bins/POINTS² in each lag.
  const scale = POINTS / Math.sqrt(2 * Math.max(1, bins));
  for (let i = 0; i < LAGS; i++) evidence[i]! += scale * correlation[2 * (LAGS - 1 - i)]!;
}

/** The agent's sound as the real part and the caller's as the imaginary one: one transform serves both. */
function load(caller: Int16Array, callerFrom: number, agent: Int16Array, agentFrom: number): void {
  const callerMask = caller.length - 1;
  const agentMask = agent.length - 1;
  for (let i = 0; i < POINTS; i++) input[2 * i] = agent[(agentFrom + i) & agentMask]!;
  for (let i = 0; i < BLOCK_SLOTS; i++) input[2 * i + 1] = caller[(callerFrom + i) & callerMask]!;
  for (let i = BLOCK_SLOTS; i < POINTS; i++) input[2 * i + 1] = 0;
}

/** Leaves agent × conjugate of caller over its magnitude in `product`; returns how many bins held anything. */
function whiten(): number {
  product.fill(0);
  let bins = 0;
  for (let bin = LOWEST_BIN; bin <= HIGHEST_BIN; bin++) {
    const at = 2 * bin;
    const mirror = 2 * (POINTS - bin);
    const agentRe = spectrum[at]! + spectrum[mirror]!;
    const agentIm = spectrum[at + 1]! - spectrum[mirror + 1]!;
    const callerRe = spectrum[at + 1]! + spectrum[mirror + 1]!;
    const callerIm = spectrum[mirror]! - spectrum[at]!;
    const re = agentRe * callerRe + agentIm * callerIm;
    const im = agentIm * callerRe - agentRe * callerIm;
    const magnitude = Math.sqrt(re * re + im * im);
    if (magnitude < 1e-3) continue;
    bins++;
    product[at] = re / magnitude;
    product[at + 1] = im / magnitude;
    product[mirror] = product[at]!;
    product[mirror + 1] = -product[at + 1]!;
  }
  return bins;
}
