import type { Clock } from '#libs/contracts';

const MINUTE_MS = 60_000;
/** Beyond it those who have been quiet longest are forgotten. */
const MOST_KEYS = 10_000;

interface Allowance {
  /** Requests that may be made at once. */
  left: number;
  atMs: number;
}

/** So many requests in a minute for each key, all at once if need be; they come back evenly. Bounded. */
export class RateBook {
  /** In the order of their last request. */
  private readonly allowances = new Map<string, Allowance>();

  constructor(
    private readonly clock: Clock,
    private readonly perMinute: number,
  ) {}

  /** Zero: the request may be made. Otherwise the milliseconds until one may. */
  take(key: string): number {
    const nowMs = this.clock.nowMs();
    const known = this.allowances.get(key) ?? { left: this.perMinute, atMs: nowMs };
    const regained = ((nowMs - known.atMs) * this.perMinute) / MINUTE_MS;
    const left = Math.min(this.perMinute, known.left + regained);
    this.allowances.delete(key);
    this.allowances.set(key, { left: left < 1 ? left : left - 1, atMs: nowMs });
    this.forget();
    return left < 1 ? ((1 - left) * MINUTE_MS) / this.perMinute : 0;
  }

  private forget(): void {
    if (this.allowances.size <= MOST_KEYS) return;
    const [oldest] = this.allowances.keys();
    if (oldest !== undefined) this.allowances.delete(oldest);
  }
}
