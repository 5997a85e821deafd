/** So long does sound have to stay behind until it is lost and no longer late. */
const SETTLED_AFTER_MS = 1000;
/** Less is jitter. */
const LEAST_MS = 10;

/**
 * Where a platform tells no times, lost sound shows as a delay that stays, late sound as one that passes: what follows late
 * sound comes in a bunch and catches up. Until a second has passed, frames that are late count as neither.
 */
export class Shortfall {
  /** Late frames of delays that have passed, since they were taken. */
  private confirmedLate = 0;
  private pendingLate = 0;
  private lastedMs = 0;
  private lowestMs = 0;

  constructor(private readonly lateMs: number) {}

  /**
   * Returns the sound that is lost for certain, in milliseconds; 0 as a rule. `jitterMs` keeps a line whose frames are never
   * punctual from looking like one that loses them.
   */
  push(excessMs: number, durationMs: number, jitterMs: number): number {
    if (excessMs < Math.max(LEAST_MS, jitterMs)) {
      this.confirmedLate += this.pendingLate + (excessMs > this.lateMs ? 1 : 0);
      this.begin();
      return 0;
    }
    if (excessMs > this.lateMs) this.pendingLate++;
    this.lowestMs = this.lastedMs === 0 ? excessMs : Math.min(this.lowestMs, excessMs);
    this.lastedMs += durationMs;
    if (this.lastedMs < SETTLED_AFTER_MS) return 0;
    const lostMs = this.lowestMs;
    this.begin();
    return lostMs;
  }

  takeLate(): number {
    const late = this.confirmedLate;
    this.confirmedLate = 0;
    return late;
  }

  /** A new stretch of sound: what was pending cannot be told any more. */
  begin(): void {
    this.pendingLate = 0;
    this.lastedMs = 0;
  }
}
