import type { Clock } from '#libs/contracts';

/** What one operator may be told of whole states in one go, and per second on top; a call of many minutes is some 200 kB. */
const BURST_BYTES = 2 * 1024 * 1024;
const BYTES_PER_SECOND = 1024 * 1024;
/** Names with room to the full are forgotten beyond. */
const MANY_NAMES = 100;

/**
 * Bounds how many bytes of whole states (the list, a call's story) each operator is told, over all of his sockets: to make them
 * holds up the thread that carries the sound.
 */
export class StateBudget {
  private readonly spent = new Map<string, { bytes: number; atMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** Asked before a state is made; the last one may go over. */
  hasRoom(operator: string): boolean {
    return this.stillSpent(operator) < BURST_BYTES;
  }

  spend(operator: string, bytes: number): void {
    const before = this.stillSpent(operator);
    this.spent.set(operator, { bytes: before + bytes, atMs: this.clock.nowMs() });
    if (this.spent.size <= MANY_NAMES) return;
    for (const name of this.spent.keys()) if (this.stillSpent(name) === 0) this.spent.delete(name);
  }

  private stillSpent(operator: string): number {
    const spent = this.spent.get(operator);
    if (spent === undefined) return 0;
    return Math.max(0, spent.bytes - ((this.clock.nowMs() - spent.atMs) / 1000) * BYTES_PER_SECOND);
  }
}
