import type { Cancel, Clock } from '#libs/contracts';

/** Time as it passes. Timers do not keep the process alive: the sockets of running calls do. */
export const realClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, action): Cancel {
    const timer = setTimeout(action, delayMs).unref();
    return () => clearTimeout(timer);
  },
  every(intervalMs, action): Cancel {
    const timer = setInterval(action, intervalMs).unref();
    return () => clearInterval(timer);
  },
};
