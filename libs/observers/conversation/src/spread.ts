import type { Spread } from '#libs/contracts';

/** Of a longer series the percentiles are those of the newest values; count, mean and maximum are of all. */
const KEPT = 1024;

/** Collects one interval's lengths over a call. */
export class Lengths {
  private readonly newest: number[] = [];
  private count = 0;
  private sumMs = 0;
  private maxMs = Number.NEGATIVE_INFINITY;

  /** Null is passed over. */
  add(lengthMs: number | null): void {
    if (lengthMs === null) return;
    this.newest[this.count % KEPT] = lengthMs;
    this.count++;
    this.sumMs += lengthMs;
    this.maxMs = Math.max(this.maxMs, lengthMs);
  }

  get spread(): Spread | null {
    if (this.count === 0) return null;
    const sorted = [...this.newest].sort((a, b) => a - b);
    return {
      count: this.count,
      meanMs: this.sumMs / this.count,
      p50Ms: percentile(sorted, 0.5),
      p95Ms: percentile(sorted, 0.95),
      maxMs: this.maxMs,
    };
  }
}

/** The nearest rank: the smallest value that at least `share` of all values do not exceed. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
