import type { Cancel, Clock } from '#libs/contracts';
import { realClock } from './real-clock.js';

/** The length of one piece of caller sound, in every protocol simulated here. */
export const FRAME_MS = 20;

const PHASES = 4;
const STEP_MS = FRAME_MS / PHASES;

/** `dueMs` is when this tick should have happened, on the clock's scale; exact multiples of 20 ms apart. */
export type Tick = (dueMs: number) => void;

/**
 * One timer for the 20 ms rhythm of all calls. Due times are computed from the start and never from the last tick, so
 * nothing drifts; a tick that comes late is followed at once by those it has delayed. Calls are spread over four phases
 * 5 ms apart, the emptiest first, so that a hundred of them do not send in the same instant.
 */
export class Ticker {
  private readonly phases: Set<Tick>[] = Array.from({ length: PHASES }, () => new Set());
  private startMs = 0;
  private step = 0;
  private stop: Cancel | null = null;

  constructor(private readonly clock: Clock = realClock) {}

  join(tick: Tick): Cancel {
    const phase = this.phases.reduce((emptiest, next) => (next.size < emptiest.size ? next : emptiest));
    phase.add(tick);
    if (this.stop === null) {
      this.startMs = this.clock.nowMs();
      this.step = 0;
      this.schedule();
    }
    return () => {
      phase.delete(tick);
    };
  }

  private schedule(): void {
    const dueMs = this.startMs + this.step * STEP_MS;
    this.stop = this.clock.after(Math.max(0, dueMs - this.clock.nowMs()), () => this.run());
  }

  private run(): void {
    if (this.phases.every((phase) => phase.size === 0)) {
      this.stop = null;
      return;
    }
    const nowMs = this.clock.nowMs();
    // Timers of Node may fire a fraction of a millisecond early.
    for (let dueMs = this.startMs + this.step * STEP_MS; dueMs <= nowMs + 0.5; dueMs += STEP_MS) {
      for (const tick of this.phases[this.step % PHASES]!) tick(dueMs);
      this.step++;
    }
    this.schedule();
  }
}

/** The rhythm of every call that this process places. */
export const sharedTicker = new Ticker();
