import {
  type Clock,
  type DialListener,
  type Dialler,
  type DialOrder,
  type DialReceipt,
  type Log,
} from '#libs/contracts';
import { dialUnknown, noFromNumber } from './errors.js';
import { ExpiringMap } from './expiring-map.js';
import { OutboundCall } from './twilio.outbound-call.js';
import type { TwilioRest } from './twilio.rest.js';
import { isGone, isUnknown } from './twilio.rest-errors.js';
import { timeLimit } from './twilio.time-limit.js';
import { AMD_PATH, STATUS_PATH, type TwilioUrls, VOICE_PATH } from './twilio.urls.js';

export interface TwilioDiallerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly rest: TwilioRest;
  readonly urls: TwilioUrls;
  /** Calls from this number where an order names none. */
  readonly fromNumber: string;
}

const MOST_RING_S = 600;
/** When it is asked whether an order whose answer was lost has become a call, since the loss. */
const ASK_AFTER_MS = [500, 2000, 5000, 10_000];
const AFTER_CANCEL_MS = 3000;
/** Orders that are over are remembered for late webhooks. */
const REMEMBERED_MS = 10 * 60_000;
const MOST_REMEMBERED = 10_000;

/**
 * Places calls through Twilio's REST API. Who is called and what for stays here: Twilio is given the order's id alone, in the
 * URLs of its webhooks.
 */
export class TwilioDialler implements Dialler {
  private readonly running = new Map<string, OutboundCall>();
  private readonly past: ExpiringMap<OutboundCall>;
  /** By CallSid: an order may be dialled again under its old id, and late callbacks of its first call must not end the second. */
  private readonly owners: ExpiringMap<OutboundCall>;

  constructor(private readonly parts: TwilioDiallerParts) {
    this.past = new ExpiringMap(parts.clock, REMEMBERED_MS, MOST_REMEMBERED);
    this.owners = new ExpiringMap(parts.clock, REMEMBERED_MS, MOST_REMEMBERED);
  }

  /** What a webhook belongs to that names an order and a call; also where that is over. Undefined: it is not known here. */
  identify(orderId: string, callSid: string): OutboundCall | undefined {
    const owner = this.owners.get(callSid);
    if (owner !== undefined) return owner.order.orderId === orderId ? owner : undefined;
    const call = this.running.get(orderId) ?? this.past.get(orderId);
    if (call === undefined || (call.callSid !== null && call.callSid !== callSid)) return undefined;
    this.own(call, callSid);
    return call;
  }

  /** Undefined: no order of ours runs under this CallSid. */
  findCall(callSid: string): OutboundCall | undefined {
    for (const call of this.running.values()) if (call.callSid === callSid) return call;
    return undefined;
  }

  async dial(given: DialOrder, listener: DialListener): Promise<DialReceipt> {
    const order = this.complete(given);
    // Webhooks may come before the answer does.
    const call = this.begin(order, listener);
    const sinceMs = Date.now();
    try {
      this.take(call, await this.parts.rest.create(this.request(order)));
    } catch (thrown) {
      if (!isUnknown(thrown)) {
        this.running.delete(order.orderId);
        throw thrown;
      }
      this.parts.log.warn(
        { orderId: order.orderId },
        'The answer to an order was lost; Twilio is asked for its call.',
      );
      this.take(call, await this.findLost(call, sinceMs));
    }
    return { platformCallId: call.callSid! };
  }

  async follow(
    given: DialOrder,
    receipt: DialReceipt | null,
    sinceMs: number,
    listener: DialListener,
  ): Promise<DialReceipt | null> {
    const order = this.complete(given);
    const call = this.begin(order, listener);
    try {
      const callSid = receipt?.platformCallId ?? (await this.ask(call, sinceMs));
      if (callSid === null) {
        this.running.delete(order.orderId);
        return null;
      }
      this.take(call, callSid);
    } catch (thrown) {
      this.running.delete(order.orderId);
      throw thrown;
    }
    await call.poll();
    return { platformCallId: call.callSid! };
  }

  async cancel(receipt: DialReceipt): Promise<void> {
    const callSid = receipt.platformCallId;
    const call = this.findCall(callSid);
    const isOver = await this.change(callSid, 'canceled');
    // Answered a moment ago, and nobody talks to the callee yet.
    if (isOver && call !== undefined && !call.hasLeg) await this.change(callSid, 'completed');
    call?.pollIn(AFTER_CANCEL_MS);
  }

  async hangUp(receipt: DialReceipt): Promise<void> {
    await this.change(receipt.platformCallId, 'completed');
    this.findCall(receipt.platformCallId)?.pollIn(AFTER_CANCEL_MS);
  }

  /** True: Twilio does not do that with this call any more. */
  private async change(callSid: string, status: 'canceled' | 'completed'): Promise<boolean> {
    try {
      await this.parts.rest.change(callSid, { status });
      return false;
    } catch (thrown) {
      if (!isGone(thrown)) throw thrown;
      return true;
    }
  }

  close(): void {
    for (const call of this.running.values()) call.close();
  }

  private take(call: OutboundCall, callSid: string): void {
    this.own(call, callSid);
    call.taken(callSid);
  }

  private own(call: OutboundCall, callSid: string): void {
    call.identify(callSid);
    this.owners.set(callSid, call);
  }

  private complete(order: DialOrder): DialOrder {
    const from = order.from === '' ? this.parts.fromNumber : order.from;
    if (from === '') throw noFromNumber();
    return { ...order, from };
  }

  private begin(order: DialOrder, listener: DialListener): OutboundCall {
    const call = new OutboundCall(order, listener, {
      ...this.parts,
      onOver: () => this.retire(order.orderId, call),
    });
    this.running.set(order.orderId, call);
    return call;
  }

  private retire(orderId: string, call: OutboundCall): void {
    if (this.running.get(orderId) === call) this.running.delete(orderId);
    this.past.set(orderId, call);
  }

  private request(order: DialOrder) {
    const { urls } = this.parts;
    const query = `?order=${encodeURIComponent(order.orderId)}`;
    const ringS = Math.ceil(order.ringForMs / 1000);
    return {
      to: order.to,
      from: order.from,
      url: urls.webhook(VOICE_PATH + query),
      method: 'POST',
      timeout: Math.min(Math.max(ringS, 1), MOST_RING_S),
      ...timeLimit(order.maxCallMs),
      statusCallback: urls.webhook(STATUS_PATH + query),
      statusCallbackMethod: 'POST',
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      ...(order.detectMachine && {
        machineDetection: 'Enable',
        asyncAmd: 'true',
        asyncAmdStatusCallback: urls.webhook(AMD_PATH + query),
        asyncAmdStatusCallbackMethod: 'POST',
      }),
    };
  }

  /** Rejects with TWILIO_DIAL_UNKNOWN: it may or may not ring at somebody's. */
  private async findLost(call: OutboundCall, sinceMs: number): Promise<string> {
    for (const delayMs of ASK_AFTER_MS) {
      await new Promise<void>((resolve) => this.parts.clock.after(delayMs, resolve));
      const callSid = await this.ask(call, sinceMs).catch(() => null);
      if (callSid !== null) return callSid;
    }
    call.disown();
    this.retire(call.order.orderId, call);
    throw dialUnknown();
  }

  /** Null: Twilio knows no such call. Of several, one that is still on; that it is the right one matters less than not to dial again. */
  private async ask(call: OutboundCall, sinceMs: number): Promise<string | null> {
    if (call.callSid !== null) return call.callSid;
    const found = await this.parts.rest.find(call.order, sinceMs);
    const free = found.filter(({ callSid }) => (this.owners.get(callSid) ?? call) === call);
    const live = free.find(({ status }) => ['queued', 'ringing', 'in-progress'].includes(status));
    // Meanwhile a webhook may have told.
    return call.callSid ?? (live ?? free[0])?.callSid ?? null;
  }
}
