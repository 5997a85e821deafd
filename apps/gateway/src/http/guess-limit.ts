import type { Clock } from '#libs/contracts';

/** Wrong tokens of one address that are answered as such within a minute. */
export const WRONG_TOKENS_A_MINUTE = 20;
const MINUTE_MS = 60_000;
/** More than this many guessing addresses are not told apart for a whole minute: the oldest are forgotten. */
const MOST_ADDRESSES = 1000;

interface Guesses {
  readonly sinceMs: number;
  count: number;
}

/** Counts wrong tokens by the address they come from, each for a minute from the first on. Bounded. */
export class GuessLimit {
  /** In the order of their first guess. */
  private readonly guesses = new Map<string, Guesses>();

  constructor(private readonly clock: Clock) {}

  /** How many wrong tokens have come from there in its minute, with this one. */
  count(address: string): number {
    const nowMs = this.clock.nowMs();
    this.forgetBefore(nowMs - MINUTE_MS);
    const network = networkOf(address);
    const guesses = this.guesses.get(network) ?? { sinceMs: nowMs, count: 0 };
    guesses.count++;
    this.guesses.set(network, guesses);
    return guesses.count;
  }

  get size(): number {
    return this.guesses.size;
  }

  private forgetBefore(atMs: number): void {
    for (const [network, { sinceMs }] of this.guesses) {
      if (sinceMs > atMs && this.guesses.size < MOST_ADDRESSES) return;
      this.guesses.delete(network);
    }
  }
}

/** One subscriber of IPv6 has 2^64 addresses, so it counts by its network. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/, '');
  if (!plain.includes(':')) return plain;
  const [head = [], tail = []] = plain.split('::').map((side) => side.split(':').filter(Boolean));
  const zeros = new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
