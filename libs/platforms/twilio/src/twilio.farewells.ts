import type { Clock, EndReason } from '#libs/contracts';
import { ExpiringMap } from './expiring-map.js';

const REMEMBERED_MS = 10 * 60_000;
const MOST_CALLS = 10_000;
const WANTED: ReadonlySet<EndReason> = new Set<EndReason>([
  'agent-hung-up',
  'operator-hung-up',
  'caller-hung-up',
  'transferred',
  'caller-silent',
  'limit-reached',
  'machine-answered',
]);

/**
 * Calls that were ended on purpose. Closing a media stream does not hang up: Twilio goes on with the TwiML after
 * `</Connect>` and asks what to do. Callers who were said goodbye must not hear an apology; all others must hear one,
 * also those of whom a restarted gateway knows nothing.
 */
export class Farewells {
  private readonly calls: ExpiringMap<true>;

  constructor(clock: Clock) {
    this.calls = new ExpiringMap(clock, REMEMBERED_MS, MOST_CALLS);
  }

  /** `told`: the caller has heard that the call cannot go on. */
  note(callSid: string, reason: EndReason, told = false): void {
    if (told || WANTED.has(reason)) this.calls.set(callSid, true);
  }

  /** The same call streams again: its earlier goodbye counts no more. */
  forget(callSid: string): void {
    this.calls.take(callSid);
  }

  /** May be asked more than once, since Twilio repeats a webhook that it got no answer to. */
  wasSaid(callSid: string): boolean {
    return this.calls.get(callSid) ?? false;
  }
}
