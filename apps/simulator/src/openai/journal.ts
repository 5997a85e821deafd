/** One event of the protocol as it passed, on the simulator's clock. Sound is left out. */
export interface PassedEvent {
  readonly atMs: number;
  readonly type: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** Something a client did that OpenAI refuses, or that its documentation warns of. */
export interface Breach {
  readonly sessionId: string;
  readonly atMs: number;
  /** `refused`: answered by an error. `unwise`: allowed, and asking for trouble. */
  readonly kind: 'refused' | 'unwise';
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
  /** Type of the client's event; null where the trouble is not one event. */
  readonly eventType: string | null;
}

const KEPT = 5000;

interface Waiter {
  readonly type: string;
  missing: number;
  readonly resolve: (passed: PassedEvent) => void;
}

/** The newest events of one direction, in order, and who waits for one. */
export class Journal {
  readonly events: PassedEvent[] = [];
  private waiters: Waiter[] = [];

  add(passed: PassedEvent): void {
    this.events.push(passed);
    if (this.events.length > KEPT) this.events.shift();
    for (const waiter of this.waiters) {
      if (waiter.type !== passed.type) continue;
      waiter.missing -= 1;
      if (waiter.missing === 0) waiter.resolve(passed);
    }
    if (this.waiters.length > 0) this.waiters = this.waiters.filter((waiter) => waiter.missing > 0);
  }

  ofType(type: string): PassedEvent[] {
    return this.events.filter((passed) => passed.type === type);
  }

  /** The `nth` event of this type (1 is the first); it may have passed already. */
  wait(type: string, nth = 1): Promise<PassedEvent> {
    const passed = this.ofType(type);
    const there = passed[nth - 1];
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve) => this.waiters.push({ type, missing: nth - passed.length, resolve }));
  }
}
