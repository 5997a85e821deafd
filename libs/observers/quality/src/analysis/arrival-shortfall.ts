/** So long does sound have to stay behind until it is lost and no longer late. */
const SETTLED_AFTER_MS = 1000;
/** Less is jitter. */
const LEAST_MS = 10;
/**
 * What is lost sets back everything behind it alike. Where frames are later than the least late one by more than this share
 * of its delay, on average, the line is uneven: of lines that hold frames up by 30 to 200 ms at random, none looks in an
 * hour as if it had lost any.
 */
const MOST_SPREAD = 0.25;

/**
 * Where a platform tells no times, lost sound shows as a delay that stays, late sound as one that passes: what follows late
 * sound comes in a bunch and catches up. Until a second has passed, frames that are late count as neither.
 */
export class Shortfall {
  /** Late frames of delays that were none of loss, since they were taken. */
  private confirmedLate = 0;
  private pendingLate = 0;
  private frames = 0;
  private lastedMs = 0;
  private lowestMs = 0;
  private sumMs = 0;

  constructor(private readonly lateMs: number) {}

  /** Returns the sound that is lost for certain, in milliseconds; 0 as a rule. */
  push(excessMs: number, durationMs: number): number {
    if (excessMs > this.lateMs) this.pendingLate++;
    if (excessMs < LEAST_MS) {
      this.confirm();
      return 0;
    }
    this.lowestMs = this.frames === 0 ? excessMs : Math.min(this.lowestMs, excessMs);
    this.frames++;
    this.sumMs += excessMs;
    this.lastedMs += durationMs;
    if (this.lastedMs < SETTLED_AFTER_MS) return 0;
    const { lowestMs, sumMs, frames } = this;
    if (sumMs / frames - lowestMs > MOST_SPREAD * lowestMs) {
      this.confirm();
      return 0;
    }
    this.begin();
    return lowestMs;
  }

  takeLate(): number {
    const late = this.confirmedLate;
    this.confirmedLate = 0;
    return late;
  }

  /** A new stretch of sound: what was pending cannot be told any more. */
  begin(): void {
    this.pendingLate = 0;
    this.frames = 0;
    this.lastedMs = 0;
    this.sumMs = 0;
  }

  private confirm(): void {
    this.confirmedLate += this.pendingLate;
    this.begin();
  }
}
