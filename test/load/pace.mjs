import { nowMs } from './answer.mjs';

export const FRAME_MS = 20;

/**
 * Runs each member once in every period, spread evenly over it as calls are that began at different moments. One timer for all;
 * what it missed it makes up for, so that the number of frames is right however late it is woken.
 */
export class Pace {
  #slots;
  #ticks = 0;
  #startedMs = nowMs();

  constructor(periodMs = FRAME_MS) {
    this.#slots = Array.from({ length: periodMs }, () => new Set());
    setInterval(() => this.#run(), 1);
  }

  /** Returns how to leave. */
  join(member) {
    const slot = this.#slots.reduce((least, other) => (other.size < least.size ? other : least));
    slot.add(member);
    return () => slot.delete(member);
  }

  #run() {
    const due = Math.floor(nowMs() - this.#startedMs);
    for (; this.#ticks < due; this.#ticks++) {
      for (const member of this.#slots[this.#ticks % this.#slots.length]) member();
    }
  }
}
