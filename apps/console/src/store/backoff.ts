const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Waits between tries: doubling, up to a quarter of a minute, spread by a quarter so that many consoles do not come at once. */
export class Backoff {
  tries = 0;

  /** `random` gives 0 ... 1. */
  constructor(private readonly random: () => number) {}

  next(): number {
    const plainMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.tries);
    this.tries += 1;
    return plainMs * (0.75 + 0.5 * this.random());
  }

  reset(): void {
    this.tries = 0;
  }
}
