import { asGatewayError, type Cancel, type Clock, type Log } from '#libs/contracts';
import type { DialBook } from './dial-book.js';
import type { Dispatched } from './dispatcher.js';
import type { Pace } from './pace.js';

export interface LocalPaceParts {
  readonly book: DialBook;
  readonly dispatch: (orderId: string) => Promise<Dispatched>;
  readonly callsPerSecond: number;
  readonly clock: Clock;
  readonly now: () => number;
  readonly log: Log;
}

/** Few, since what comes between must not wait behind what was read before. */
const AT_ONCE = 20;

/** Paces what this process dials: evenly, one call each 1/callsPerSecond, the longest due first. */
export class LocalPace implements Pace {
  private readonly gapMs: number;
  private freeMs = 0;
  private running: Promise<void> | null = null;
  private again = false;
  private isClosed = false;
  private cancelWait: Cancel = () => undefined;

  constructor(private readonly parts: LocalPaceParts) {
    this.gapMs = 1000 / parts.callsPerSecond;
  }

  async start(): Promise<void> {
    this.look();
  }

  push(): void {
    this.look();
  }

  look(): void {
    if (this.isClosed) return;
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelWait();
    await this.running;
  }

  private async run(): Promise<void> {
    const { log } = this.parts;
    while (this.again && !this.isClosed) {
      this.again = false;
      try {
        await this.round();
      } catch (thrown) {
        const { code, message } = asGatewayError(thrown, 'DIAL_QUEUE_FAILED', 'The queue could not be read');
        log.warn({ code }, message);
      }
    }
  }

  private async round(): Promise<void> {
    const { book, dispatch, clock, now } = this.parts;
    for (const { order_id } of await book.due(now(), AT_ONCE)) {
      if (this.isClosed) return;
      const waitMs = this.freeMs - clock.nowMs();
      if (waitMs > 0) {
        this.cancelWait();
        this.cancelWait = clock.after(waitMs, () => this.look());
        return;
      }
      const { kind } = await dispatch(order_id);
      if (kind === 'full') return;
      if (kind === 'dialled') this.freeMs = clock.nowMs() + this.gapMs;
      this.again = true;
    }
  }
}
