import type { GatewayError } from '#libs/contracts';
import { errors } from './errors.js';
import { NumberKinds } from './number-kinds.js';
import type { OutboundConfig } from './outbound.config.js';

/** Who may be called at all, and what it is thought to cost. Asked before an order is taken and again before it is dialled. */
export class TollGuard {
  private readonly kinds = new NumberKinds();

  constructor(private readonly config: OutboundConfig) {}

  /** Null: this number may be called. */
  refusal(number: string): GatewayError | null {
    const { allowedPrefixes, blockedPrefixes } = this.config;
    if (allowedPrefixes.length === 0) return errors.closed();
    const allowed = longest(number, allowedPrefixes);
    if (allowed === null) return errors.prefix();
    const blocked = longest(number, blockedPrefixes);
    if (blocked !== null && blocked.length >= allowed.length) return errors.prefix();
    return this.kinds.isOpened(number, allowed) ? null : errors.kind();
  }

  /** US dollars that are set aside when the number is dialled. */
  reserve(number: string): number {
    return this.perMinute(number) * this.config.expectedMinutes;
  }

  /** US dollars of a call that was answered and lasted so long; platforms count minutes that have begun. */
  cost(number: string, talkedMs: number): number {
    return this.perMinute(number) * Math.max(1, Math.ceil(talkedMs / 60_000));
  }

  private perMinute(number: string): number {
    const { pricePerMinuteUsd, otherPricePerMinuteUsd } = this.config;
    const prefix = longest(number, Object.keys(pricePerMinuteUsd));
    return prefix === null ? otherPricePerMinuteUsd : pricePerMinuteUsd[prefix]!;
  }
}

function longest(number: string, prefixes: readonly string[]): string | null {
  return prefixes
    .filter((prefix) => number.startsWith(prefix))
    .reduce<string | null>((best, prefix) => (prefix.length > (best?.length ?? 0) ? prefix : best), null);
}
