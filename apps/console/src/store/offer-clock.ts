import type { CallEvent } from './protocol.js';

/**
 * Where the call's zero lies on the gateway's clock, as far as events have shown; null before the first that does. Events
 * carry `atMs` since the offer, and moments inside of them on the gateway's clock.
 */
export type OfferClock = number | null;

const MOMENTS = ['startedMs', 'stoppedMs', 'arrivedMs', 'leftMs', 'heardAtMs'] as const;

/** A moment is never later than the event that tells it, so the zero lies no earlier than their difference. */
export function seen(offer: OfferClock, { atMs, data }: CallEvent): OfferClock {
  let latest = offer;
  for (const name of MOMENTS) {
    const moment = data[name];
    if (typeof moment === 'number') latest = Math.max(latest ?? -Infinity, moment - atMs);
  }
  return latest;
}

/** Milliseconds since the offer; the event's own time while the zero is not known. */
export function sinceOffer(offer: OfferClock, { atMs, data }: CallEvent, name: string): number {
  const moment = data[name];
  if (offer === null || typeof moment !== 'number') return atMs;
  return Math.max(0, Math.min(atMs, moment - offer));
}
