export type Cancel = () => void;

/** Time as the gateway's objects see it. Monotonic, in milliseconds with fractions; the zero is arbitrary. */
export interface Clock {
  nowMs(): number;
  /** Runs `action` once, `delayMs` from now, unless cancelled. Does not keep the process alive. */
  after(delayMs: number, action: () => void): Cancel;
  /** Runs `action` every `intervalMs` until cancelled. Does not keep the process alive. */
  every(intervalMs: number, action: () => void): Cancel;
}
