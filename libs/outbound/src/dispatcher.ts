import { GatewayError } from '#libs/contracts';
import type { DialOrderTable } from '#libs/store';
import { Attempt } from './attempt.js';
import { type AttemptParts, publishDial } from './attempt-parts.js';
import { zonesOf } from './callee-number.js';
import type { CallingWindows } from './calling-windows.js';
import { errors } from './errors.js';

export interface DispatcherParts extends AttemptParts {
  readonly owner: string;
  readonly leaseMs: number;
  readonly windows: CallingWindows | null;
  /** May a call come in now? False: full or draining, nobody is called. */
  readonly hasRoom: () => boolean;
  readonly onBegun: (attempt: Attempt) => void;
}

/** What became of a look at an order; `full`: none can be dialled now. */
export type Dispatched =
  | { readonly kind: 'dialled' | 'done' }
  | { readonly kind: 'later' | 'full'; readonly at: number };

const FULL_FOR_MS = 1000;

/** Decides about one order that is due: dial now, later, or not at all. */
export class Dispatcher {
  constructor(private readonly parts: DispatcherParts) {}

  /** Resolves when the claim is committed, before the platform has answered. Rejects with STORE_AWAY. */
  async dispatch(orderId: string): Promise<Dispatched> {
    const { book, now, hasRoom } = this.parts;
    const row = await book.find(orderId);
    if (row === null || row.state !== 'queued') return { kind: 'done' };
    const at = now();
    if (row.due_at > at) return { kind: 'later', at: row.due_at };
    const refusal = this.refusal(row);
    if (refusal !== null) return this.refuse(row, refusal);
    const opensAt = this.opening(row, at);
    if (opensAt instanceof GatewayError) return this.refuse(row, opensAt);
    if (opensAt > at) {
      await book.postpone(row, opensAt);
      return { kind: 'later', at: opensAt };
    }
    if (!hasRoom()) return { kind: 'full', at: at + FULL_FOR_MS };
    return this.claim(row, at);
  }

  /** The first moment from `at` on at which the callee may be called; an error where there is none. */
  opening(order: Pick<DialOrderTable, 'to_number' | 'time_zone'>, at: number): number | GatewayError {
    const { windows } = this.parts;
    if (windows === null) return at;
    const zones = order.time_zone === null ? zonesOf(order.to_number) : [order.time_zone];
    if (zones.length === 0) return errors.noTimeZone();
    return windows.nextOpening(at, zones) ?? errors.noWindow();
  }

  private refusal(row: DialOrderTable): GatewayError | null {
    const refusal = this.parts.guard.refusal(row.to_number);
    if (refusal !== null) return refusal;
    return this.parts.diallers().has(row.platform) ? null : errors.noPlatform(row.platform);
  }

  private async claim(row: DialOrderTable, at: number): Promise<Dispatched> {
    const { book, config, guard, owner, leaseMs } = this.parts;
    const claimed = await book.claim({
      row,
      owner,
      at,
      leaseMs,
      usd: guard.reserve(row.to_number),
      mostUnderWay: config.maxConcurrent,
      mostUsd: config.spendPerDayUsd,
      mostPerNumber: config.maxPerNumberPerDay,
    });
    if (claimed === 'gone') return { kind: 'done' };
    if (claimed === 'full') return { kind: 'full', at: at + FULL_FOR_MS };
    // What waits behind a limit that guards against fraud must not go on by itself on the next day.
    if (claimed === 'spend') return this.refuse(row, errors.spend());
    if (claimed === 'too-often') return this.refuse(row, errors.tooOften());
    publishDial(this.parts.events, claimed);
    const attempt = new Attempt(claimed, false, this.parts);
    this.parts.onBegun(attempt);
    void attempt.dial();
    return { kind: 'dialled' };
  }

  private async refuse(row: DialOrderTable, { code, message }: GatewayError): Promise<Dispatched> {
    const given = await this.parts.book.giveUp(row, 'refused', code, this.parts.now());
    if (given !== null) {
      this.parts.log.warn({ orderId: row.order_id, code }, message);
      publishDial(this.parts.events, given);
    }
    return { kind: 'done' };
  }
}
