/** Clocks of telephones and networks differ by less: Twilio's timestamps run 0.15 % slow, crystals a tenth of that. */
const MOST_DRIFT_MS_A_SECOND = 2;
const STRETCH_MS = 1000;
/** A delay that grows by this within a stretch is no drift. */
const STEP_MS = 10;

/**
 * The shortest way a frame has taken from its sender, as a difference of two clocks whose zeros have nothing to do with each
 * other. It falls at once, and rises once a second by what clocks may drift apart and no more, so that a network that has
 * become slow is not taken for the usual one.
 */
export class TransitFloor {
  private floorMs = 0;
  private lowestMs = 0;
  private untilMs = 0;

  begin(transitMs: number, nowMs: number): void {
    this.floorMs = transitMs;
    this.lowestMs = transitMs;
    this.untilMs = nowMs + STRETCH_MS;
  }

  /**
   * How much later than the fastest a frame came that took `transitMs`. `stepsStay`: a delay that stays is dealt with
   * elsewhere, by `raise`; it is no drift.
   */
  excessMs(transitMs: number, nowMs: number, stepsStay: boolean): number {
    if (nowMs >= this.untilMs) {
      const risenMs = this.lowestMs - this.floorMs;
      if (!stepsStay || risenMs < STEP_MS) this.floorMs += Math.min(risenMs, MOST_DRIFT_MS_A_SECOND);
      this.lowestMs = transitMs;
      this.untilMs = nowMs + STRETCH_MS;
    } else if (transitMs < this.lowestMs) {
      this.lowestMs = transitMs;
    }
    if (transitMs < this.floorMs) this.floorMs = transitMs;
    return transitMs - this.floorMs;
  }

  /** Everything will come so much later from now on. */
  raise(byMs: number): void {
    this.floorMs += byMs;
    this.lowestMs += byMs;
  }
}
