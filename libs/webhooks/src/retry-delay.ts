const FIRST_MS = 5000;
const FACTOR = 4;
const LONGEST_MS = 2 * 3_600_000;

/** How long to wait after so many attempts: ever longer, and each time other, so that not all come back at once. */
export function retryDelayMs(attempts: number, random: () => number): number {
  const fullMs = Math.min(FIRST_MS * FACTOR ** Math.max(0, attempts - 1), LONGEST_MS);
  return Math.round(fullMs * (0.5 + random() / 2));
}
