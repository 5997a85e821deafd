const SHORTEST_MS = 60;
const FIRST_MS = 80;
const LONGEST_MS = 200;
const MARGIN_MS = 20;
/** Sound that comes later than this after the last is no straggler but something new. */
const STRAGGLER_MS = 400;
const CALM_MS = 10_000;

/** How much sound is gathered before it starts, for a stream without times: more where it has come late, less after a calm while. */
export class JitterTarget {
  private targetMs = FIRST_MS;
  private calmSinceMs = 0;

  get ms(): number {
    return this.targetMs;
  }

  /** Sound came `lateMs` after the sound before it had run out. True: it was late, so there was a hole. */
  resumed(lateMs: number, nowMs: number): boolean {
    if (lateMs > STRAGGLER_MS) return false;
    this.targetMs = Math.min(LONGEST_MS, this.targetMs + lateMs + MARGIN_MS);
    this.calmSinceMs = nowMs;
    return true;
  }

  passed(nowMs: number): void {
    if (nowMs - this.calmSinceMs < CALM_MS) return;
    this.calmSinceMs = nowMs;
    this.targetMs = Math.max(SHORTEST_MS, this.targetMs - MARGIN_MS);
  }
}
