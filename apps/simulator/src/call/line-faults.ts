import type { AudioFrame } from '#libs/contracts';
import { seededRandom } from './seeded-random.js';
import type { SoundFaults } from './sound-faults.js';
import { FRAME_MS } from './ticker.js';

/**
 * What is wrong with the caller's own line, before the platform forwards the sound: with the sound itself, and with how its
 * frames come. All times are since the line was up.
 */
export interface LineFaults extends SoundFaults {
  /** Share of frames that never arrive, 0 ... 100. */
  readonly lossPercent?: number;
  /** Frames come up to this much late and in bunches; their order stays. */
  readonly jitterMs?: number;
  /** Every so many frames one is held up for so long, and those behind it wait for it. */
  readonly late?: { readonly everyFrames: number; readonly byMs: number };
  /** Share of frames that come behind the one that follows them, 0 ... 100. */
  readonly reorderPercent?: number;
  /** Nothing is sent while the caller is silent, as on lines with discontinuous transmission. */
  readonly dtx?: boolean;
  /** Nothing at all is sent in these spans. */
  readonly gaps?: readonly { readonly atMs: number; readonly durationMs: number }[];
  /** The socket is torn away without a goodbye. */
  readonly cutAtMs?: number;
  /** The platform stops reading its socket for a while. */
  readonly slowReader?: { readonly atMs: number; readonly durationMs: number };
  /** Makes losses, jitter, order and noise repeatable; 1 if not given. */
  readonly seed?: number;
}

/** One 20 ms slot of the caller's line. A null frame is silence. */
export interface Slot {
  readonly index: number;
  readonly frame: AudioFrame | null;
  /** The caller says nothing, though the line may be noisy. */
  readonly isPause?: boolean;
}

/** Takes every slot and lets through, now or later, those that the faults leave. */
export class FaultyLine {
  lostFrames = 0;
  private readonly random: () => number;
  private readonly delayed: { readonly slot: Slot; readonly releaseMs: number }[] = [];
  /** Waits for the frame behind it to go first. */
  private overtaken: Slot | null = null;

  constructor(private readonly faults: LineFaults) {
    this.random = seededRandom(faults.seed ?? 1);
  }

  pass(slot: Slot, send: (slot: Slot) => void): void {
    const atMs = slot.index * FRAME_MS;
    const { jitterMs, late } = this.faults;
    if (this.swallows(slot, atMs)) {
      this.release(atMs, send);
    } else if (!jitterMs && late === undefined) {
      this.inDisorder(slot, send);
    } else {
      const earliestMs = this.delayed.at(-1)?.releaseMs ?? 0;
      this.delayed.push({ slot, releaseMs: Math.max(earliestMs, atMs + this.delayOf(slot)) });
      this.release(atMs, send);
    }
  }

  private swallows(slot: Slot, atMs: number): boolean {
    const { dtx, gaps, lossPercent = 0 } = this.faults;
    if (dtx && (slot.frame === null || slot.isPause)) return true;
    if (gaps?.some((gap) => atMs >= gap.atMs && atMs < gap.atMs + gap.durationMs)) return true;
    if (lossPercent === 0 || this.random() * 100 >= lossPercent) return false;
    this.lostFrames++;
    return true;
  }

  private delayOf({ index }: Slot): number {
    const { jitterMs = 0, late } = this.faults;
    const isLate = late !== undefined && index % late.everyFrames === late.everyFrames - 1;
    return (jitterMs === 0 ? 0 : this.random() * jitterMs) + (isLate ? late.byMs : 0);
  }

  private release(nowMs: number, send: (slot: Slot) => void): void {
    for (let next = this.delayed[0]; next && next.releaseMs <= nowMs; next = this.delayed[0]) {
      this.delayed.shift();
      this.inDisorder(next.slot, send);
    }
  }

  private inDisorder(slot: Slot, send: (slot: Slot) => void): void {
    const { overtaken } = this;
    const { reorderPercent = 0 } = this.faults;
    if (overtaken === null && reorderPercent > 0 && this.random() * 100 < reorderPercent) {
      this.overtaken = slot;
      return;
    }
    this.overtaken = null;
    send(slot);
    if (overtaken !== null) send(overtaken);
  }
}
