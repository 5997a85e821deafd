import type { Clock } from '#libs/contracts';

/**
 * How much of what a peer sends is wrong: rises with each fault and falls with time alone, so that nothing good in between makes
 * up for a fault, and a rare one is forgotten.
 */
export class FaultLevel {
  private level = 0;
  private atMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly limit: number,
    private readonly forgivenPerSecond: number,
  ) {
    this.atMs = clock.nowMs();
  }

  /** True: this was too much. */
  add(weight: number): boolean {
    const nowMs = this.clock.nowMs();
    this.level = Math.max(0, this.level - ((nowMs - this.atMs) / 1000) * this.forgivenPerSecond) + weight;
    this.atMs = nowMs;
    return this.level >= this.limit;
  }
}
