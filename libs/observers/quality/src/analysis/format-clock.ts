/** Ratios of a rate that is to a rate that was declared, as the rates of telephony can be mistaken for one another. */
const WRONG_RATIOS = [1 / 3, 1 / 2, 2 / 3, 3 / 2, 2, 3];
const TOLERANCE = 0.08;
/** A ratio has to be kept up over this much time, and in each slot of it. */
const SLOT_MS = 500;
const SLOTS_NEEDED = 3;
/** A slot that holds a silence of this length, or of so many frames, was interrupted and says nothing about rates. */
const LONGEST_PAUSE_MS = 120;
const LONGEST_PAUSE_FRAMES = 3.5;

/** Compares the sound that a real-time sender delivered, as declared, with the time that passed. */
export class ClockRate {
  private startMs = Number.NaN;
  private lastMs = Number.NaN;
  private soundMs = 0;
  private ratio = 0;
  private slots = 0;

  get wrong(): boolean {
    return this.slots >= SLOTS_NEEDED;
  }

  arrived(durationMs: number, atMs: number): void {
    if (
      Number.isNaN(this.startMs) ||
      atMs - this.lastMs > Math.max(LONGEST_PAUSE_MS, LONGEST_PAUSE_FRAMES * durationMs)
    ) {
      this.restart(atMs);
      this.slots = 0;
    }
    this.lastMs = atMs;
    const elapsedMs = atMs - this.startMs;
    if (elapsedMs >= SLOT_MS) {
      this.judge(this.soundMs / elapsedMs);
      this.restart(atMs);
    }
    this.soundMs += durationMs;
  }

  private restart(atMs: number): void {
    this.startMs = atMs;
    this.lastMs = atMs;
    this.soundMs = 0;
  }

  private judge(ratio: number): void {
    let nearest = 0;
    for (const wrong of WRONG_RATIOS) if (Math.abs(ratio / wrong - 1) < TOLERANCE) nearest = wrong;
    this.slots = nearest === 0 ? 0 : nearest === this.ratio ? this.slots + 1 : 1;
    this.ratio = nearest;
  }
}
