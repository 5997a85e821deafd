import { BLOCK_SLOTS } from './echo-search.js';

/** Taps of the echo's path that are fitted around the lag found, 0.5 ms apart: it lies between two slots, as a rule. */
const TAPS = 5;
const HALF = TAPS >> 1;
/** How much of the older sums is kept when a new block is added. */
const KEPT = 0.85;

/** Shared by all calls. */
const spoken = new Float32Array(BLOCK_SLOTS + TAPS - 1);
const heard = new Float32Array(BLOCK_SLOTS);
const matrix = new Float64Array(TAPS * (TAPS + 1));
const taps = new Float64Array(TAPS);

/**
 * Level of the echo by least squares: the short filter that makes most of the caller's sound out of the agent's, fitted to
 * all blocks together. Each block counts by the inverse of the caller's power, so that double talk counts for little.
 */
export class EchoLevel {
  private readonly auto = new Float64Array(TAPS);
  private readonly cross = new Float64Array(TAPS);

  reset(): void {
    this.auto.fill(0);
    this.cross.fill(0);
  }

  /** `agentFrom` is the agent's slot that comes back in `callerFrom`. */
  add(caller: Int16Array, callerFrom: number, agent: Int16Array, agentFrom: number): void {
    const power = 1 + smooth(caller, callerFrom, heard);
    smooth(agent, agentFrom - HALF, spoken);
    for (let tap = 0; tap < TAPS; tap++) {
      const shift = TAPS - 1 - tap;
      let auto = 0;
      let cross = 0;
      for (let i = 0; i < BLOCK_SLOTS; i++) {
        auto += spoken[shift + i]! * spoken[TAPS - 1 + i]!;
        cross += spoken[shift + i]! * heard[i]!;
      }
      this.auto[tap] = KEPT * this.auto[tap]! + auto / power;
      this.cross[tap] = KEPT * this.cross[tap]! + cross / power;
    }
  }

  /** Power of the echo over that of what was said, in dB; null before there is anything. */
  get levelDb(): number | null {
    const power = this.auto[0]!;
    if (power <= 0 || !this.solve()) return null;
    let echo = 0;
    for (let i = 0; i < TAPS; i++) {
      for (let j = 0; j < TAPS; j++) echo += taps[i]! * taps[j]! * this.auto[Math.abs(i - j)]!;
    }
    return echo > 0 ? 10 * Math.log10(echo / power) : null;
  }

  /** Gauss-Jordan on the normal equations, with a little added to the diagonal against bands that hold nothing. */
  private solve(): boolean {
    const width = TAPS + 1;
    for (let i = 0; i < TAPS; i++) {
      for (let j = 0; j < TAPS; j++) matrix[i * width + j] = this.auto[Math.abs(i - j)]!;
      matrix[i * width + i]! += 1e-3 * this.auto[0]!;
      matrix[i * width + TAPS] = this.cross[i]!;
    }
    for (let i = 0; i < TAPS; i++) {
      const pivot = matrix[i * width + i]!;
      if (Math.abs(pivot) < 1e-12) return false;
      for (let j = i; j < width; j++) matrix[i * width + j]! /= pivot;
      for (let row = 0; row < TAPS; row++) {
        const factor = matrix[row * width + i]!;
        if (row === i || factor === 0) continue;
        for (let j = i; j < width; j++) matrix[row * width + j]! -= factor * matrix[i * width + j]!;
      }
    }
    for (let i = 0; i < TAPS; i++) taps[i] = matrix[i * width + TAPS]!;
    return true;
  }
}

/**
 * Fills `out` from the ring with (1, 2, 1) / 4 of the slots, which keeps what lies below 600 Hz: what the plain average of
 * 0.5 ms folds from above 1 kHz differs in both tracks and would make the echo look weaker. Returns the sum of squares.
 */
function smooth(slots: Int16Array, from: number, out: Float32Array): number {
  const mask = slots.length - 1;
  let sum = 0;
  let before = slots[(from - 1) & mask]!;
  let here = slots[from & mask]!;
  for (let i = 0; i < out.length; i++) {
    const next = slots[(from + i + 1) & mask]!;
    const value = (before + 2 * here + next) / 4;
    out[i] = value;
    sum += value * value;
    before = here;
    here = next;
  }
  return sum;
}
