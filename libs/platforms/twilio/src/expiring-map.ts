import type { Clock } from '#libs/contracts';

/**
 * Remembers things for a fixed time and never more than `capacity` of them: the oldest goes first. Since every entry
 * lives equally long, the order of insertion is the order of expiry, and no timer is needed.
 */
export class ExpiringMap<V> {
  private readonly entries = new Map<string, { readonly value: V; readonly untilMs: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly ttlMs: number,
    private readonly capacity: number,
  ) {}

  set(key: string, value: V): void {
    this.entries.delete(key);
    const nowMs = this.clock.nowMs();
    for (const [oldest, entry] of this.entries) {
      if (entry.untilMs > nowMs && this.entries.size < this.capacity) break;
      this.entries.delete(oldest);
    }
    this.entries.set(key, { value, untilMs: nowMs + this.ttlMs });
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.untilMs > this.clock.nowMs() ? entry.value : undefined;
  }

  /** Reads and forgets at once. */
  take(key: string): V | undefined {
    const value = this.get(key);
    this.entries.delete(key);
    return value;
  }

  get size(): number {
    return this.entries.size;
  }
}
