import type { Cancel, Clock } from '#libs/contracts';
import { LevelMeter } from './level-meter.js';
import type { MonitoredCall } from './monitored-call.js';
import { textMessage } from './viewer.js';

interface Meters {
  readonly caller: LevelMeter;
  readonly agent: LevelMeter;
}

/** The level meters of the list. They exist, and the timer runs, only while somebody watches. */
export class LevelWatch {
  private readonly running = new Map<MonitoredCall, Meters | null>();
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly onLevels: (message: Buffer) => void,
  ) {}

  add(call: MonitoredCall): void {
    this.running.set(call, this.cancelTimer === null ? null : this.open(call));
  }

  remove(call: MonitoredCall): void {
    close(this.running.get(call));
    this.running.delete(call);
  }

  start(): void {
    if (this.cancelTimer !== null) return;
    this.cancelTimer = this.clock.every(this.everyMs, () => this.tell());
    for (const call of this.running.keys()) this.running.set(call, this.open(call));
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    for (const [call, meters] of this.running) {
      close(meters);
      this.running.set(call, null);
    }
  }

  private tell(): void {
    if (this.running.size === 0) return;
    const { slot } = this;
    const calls = [...this.running].map(([{ id, book }, meters]) => [
      id,
      meters?.caller.take(slot) ?? null,
      meters?.agent.take(slot) ?? null,
      book.score,
    ]);
    this.onLevels(textMessage('levels', { calls }));
  }

  private open({ view: { router } }: MonitoredCall): Meters {
    const { slot, everyMs } = this;
    return {
      caller: new LevelMeter(router, 'caller', everyMs, slot),
      agent: new LevelMeter(router, 'agent', everyMs, slot),
    };
  }

  private get slot(): number {
    return Math.floor(this.clock.nowMs() / this.everyMs);
  }
}

function close(meters: Meters | null | undefined): void {
  meters?.caller.close();
  meters?.agent.close();
}
