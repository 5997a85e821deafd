import type { Cancel, Clock } from '#libs/contracts';

/** Something that goes on step by step. Returns when it wants to be called next, or null when it is finished. */
export type Paced = (nowMs: number) => number | null;

const TICK_MS = 5;

/** One ticker for everything that any session sends at its own pace. It runs only while there is something to pace. */
export class Pacer {
  private readonly due = new Map<Paced, number>();
  private stopTicking: Cancel | null = null;

  constructor(private readonly clock: Clock) {}

  /** Takes the first step at once. */
  start(paced: Paced): void {
    this.step(paced, this.clock.nowMs());
    if (this.due.size > 0) this.stopTicking ??= this.clock.every(TICK_MS, () => this.tick());
  }

  stop(paced: Paced): void {
    this.due.delete(paced);
    this.rest();
  }

  private tick(): void {
    const nowMs = this.clock.nowMs();
    for (const [paced, dueMs] of this.due) {
      if (dueMs <= nowMs) this.step(paced, nowMs);
    }
    this.rest();
  }

  private step(paced: Paced, nowMs: number): void {
    const nextMs = paced(nowMs);
    if (nextMs === null) this.due.delete(paced);
    else this.due.set(paced, nextMs);
  }

  private rest(): void {
    if (this.due.size > 0) return;
    this.stopTicking?.();
    this.stopTicking = null;
  }
}
