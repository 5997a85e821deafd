import type { Cancel, Clock } from '#libs/contracts';

interface Timer {
  dueMs: number;
  readonly order: number;
  readonly intervalMs: number | null;
  readonly action: () => void;
}

/** A clock that stands still until it is advanced. Timers fire in order of their due time, then of their making. */
export class ManualClock implements Clock {
  private timers: Timer[] = [];
  private made = 0;

  constructor(private timeMs = 1000) {}

  nowMs(): number {
    return this.timeMs;
  }

  after(delayMs: number, action: () => void): Cancel {
    return this.add(delayMs, null, action);
  }

  every(intervalMs: number, action: () => void): Cancel {
    return this.add(intervalMs, intervalMs, action);
  }

  /** Moves time on, firing every timer that falls due on the way, also those that timers make. */
  advance(ms: number): void {
    const untilMs = this.timeMs + ms;
    for (let next = this.next(untilMs); next !== undefined; next = this.next(untilMs)) {
      this.timeMs = Math.max(this.timeMs, next.dueMs);
      if (next.intervalMs === null) this.timers = this.timers.filter((timer) => timer !== next);
      else next.dueMs += next.intervalMs;
      next.action();
    }
    this.timeMs = untilMs;
  }

  /** The process is held up: timers that fall due meanwhile fire afterwards, each once, and late. */
  stall(ms: number): void {
    this.timeMs += ms;
    const late = this.timers.filter(({ dueMs }) => dueMs <= this.timeMs);
    for (const timer of late.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)) {
      if (!this.timers.includes(timer)) continue;
      if (timer.intervalMs === null) this.timers = this.timers.filter((other) => other !== timer);
      else timer.dueMs = this.timeMs + timer.intervalMs;
      timer.action();
    }
  }

  /** Timers that still wait: a test of clean endings asserts that there are none. */
  get pending(): number {
    return this.timers.length;
  }

  private next(untilMs: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs > untilMs) continue;
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  private add(delayMs: number, intervalMs: number | null, action: () => void): Cancel {
    const timer: Timer = {
      dueMs: this.timeMs + Math.max(0, delayMs),
      order: this.made++,
      intervalMs,
      action,
    };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }
}
