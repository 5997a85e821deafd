import type { AudioFrame } from '#libs/contracts';
import { FRAME_MS } from './ticker.js';

/** What the caller's own line does wrong, before the platform forwards the sound. All times are since the line was up. */
export interface LineFaults {
  /** Share of frames that never arrive, 0 ... 100. */
  readonly lossPercent?: number;
  /** Frames come up to this much late and in bunches; their order stays. */
  readonly jitterMs?: number;
  /** Nothing is sent while the caller is silent, as on lines with discontinuous transmission. */
  readonly dtx?: boolean;
  /** Nothing at all is sent in these spans. */
  readonly gaps?: readonly { readonly atMs: number; readonly durationMs: number }[];
  /** The socket is torn away without a goodbye. */
  readonly cutAtMs?: number;
  /** The platform stops reading its socket for a while. */
  readonly slowReader?: { readonly atMs: number; readonly durationMs: number };
  /** Makes losses and jitter repeatable; 1 if not given. */
  readonly seed?: number;
}

/** One 20 ms slot of the caller's line. A null frame is silence. */
export interface Slot {
  readonly index: number;
  readonly frame: AudioFrame | null;
}

/** Mulberry32: small, fast, and the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Takes every slot and lets through, now or later, those that the faults leave. */
export class FaultyLine {
  lostFrames = 0;
  private readonly random: () => number;
  private readonly delayed: { readonly slot: Slot; readonly releaseMs: number }[] = [];

  constructor(private readonly faults: LineFaults) {
    this.random = seededRandom(faults.seed ?? 1);
  }

  pass(slot: Slot, send: (slot: Slot) => void): void {
    const atMs = slot.index * FRAME_MS;
    if (this.swallows(slot, atMs)) {
      this.release(atMs, send);
      return;
    }
    if (!this.faults.jitterMs) {
      send(slot);
      return;
    }
    const earliestMs = this.delayed.at(-1)?.releaseMs ?? 0;
    this.delayed.push({ slot, releaseMs: Math.max(earliestMs, atMs + this.random() * this.faults.jitterMs) });
    this.release(atMs, send);
  }

  private swallows(slot: Slot, atMs: number): boolean {
    const { dtx, gaps, lossPercent = 0 } = this.faults;
    if (dtx && slot.frame === null) return true;
    if (gaps?.some((gap) => atMs >= gap.atMs && atMs < gap.atMs + gap.durationMs)) return true;
    if (lossPercent === 0 || this.random() * 100 >= lossPercent) return false;
    this.lostFrames++;
    return true;
  }

  private release(nowMs: number, send: (slot: Slot) => void): void {
    for (let next = this.delayed[0]; next && next.releaseMs <= nowMs; next = this.delayed[0]) {
      this.delayed.shift();
      send(next.slot);
    }
  }
}
