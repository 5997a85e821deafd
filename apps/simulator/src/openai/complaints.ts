import type { Clock } from '#libs/contracts';
import type { Breach } from './journal.js';
import type { Fields, Outbox } from './outbox.js';
import type { Refused } from './refusal.js';

/** What one client did wrong: told to the client where the protocol does so, and to whoever runs the simulator. */
export class Complaints {
  private readonly warned = new Set<string>();

  constructor(
    private readonly sessionId: string,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly onBreach: (breach: Breach) => void,
  ) {}

  /** Answers an event by an `error`. */
  refuse({ code, message, param }: Refused, event: Fields): void {
    this.note('refused', code, message, param, typeof event.type === 'string' ? event.type : null);
    this.outbox.error({ code, message, param }, typeof event.event_id === 'string' ? event.event_id : null);
  }

  /** A frame that no event can be read from, and that ends the connection. */
  refuseFrame(message: string): void {
    this.note('refused', null, message, null, null);
  }

  /** Allowed, and asking for trouble. Each thing is told once. */
  warn(eventType: string, message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.note('unwise', null, message, null, eventType);
  }

  private note(
    kind: Breach['kind'],
    code: string | null,
    message: string,
    param: string | null,
    eventType: string | null,
  ): void {
    const atMs = this.clock.nowMs();
    this.onBreach({ sessionId: this.sessionId, atMs, kind, code, message, param, eventType });
  }
}
