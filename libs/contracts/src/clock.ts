export type Cancel = () => void;

/** Time as the gateway's objects see it. Monotonic, in milliseconds with fractions; the zero is arbitrary. */
export interface Clock {
  nowMs(): number;
  /** Runs `action` once, `delayMs` from now, unless cancelled. Does not keep the process alive. */
  after(delayMs: number, action: () => void): Cancel;
  /** Runs `action` every `intervalMs` until cancelled. Does not keep the process alive. */
  every(intervalMs: number, action: () => void): Cancel;
}

/** An interval that is longer than this many times what was asked was held up. */
const HELD_UP_FROM = 1.5;

/**
 * Runs `action` every `intervalMs` until cancelled, but leaves out a run that comes late. The process was held up then, timers run
 * before the sockets are read, and what seems to be missing may be waiting there. The run after it is never left out.
 */
export function everyUnlessHeldUp(clock: Clock, intervalMs: number, action: () => void): Cancel {
  let lastMs = clock.nowMs();
  let leftOut = false;
  return clock.every(intervalMs, () => {
    const nowMs = clock.nowMs();
    const isHeldUp = nowMs - lastMs > HELD_UP_FROM * intervalMs;
    lastMs = nowMs;
    leftOut = isHeldUp && !leftOut;
    if (!leftOut) action();
  });
}
