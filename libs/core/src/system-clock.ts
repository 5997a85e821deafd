import type { Cancel, Clock } from '#libs/contracts';

/** Real, monotonic time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs: number, action: () => void): Cancel {
    const timer = setTimeout(action, delayMs).unref();
    return () => clearTimeout(timer);
  },
  every(intervalMs: number, action: () => void): Cancel {
    const timer = setInterval(action, intervalMs).unref();
    return () => clearInterval(timer);
  },
};
