import { randomUUID } from 'node:crypto';
import {
  asGatewayError,
  type CallDesk,
  type Cancel,
  type Clock,
  type DialBacklog,
  type DialDesk,
  type Dialler,
  type DialRequest,
  type DialStatus,
  type ErasedOrders,
  type EventSink,
  type EventSource,
  GatewayError,
  type Log,
} from '#libs/contracts';
import type { OpenDatabase } from '#libs/store';
import { Attempt } from './attempt.js';
import { publishDial } from './attempt-parts.js';
import { parseWindows } from './calling-windows.js';
import { DialBook } from './dial-book.js';
import { isOver } from './dial-days.js';
import { keyOf } from './dial-keys.js';
import { statusOf } from './dial-rows.js';
import { Dispatcher, type DispatcherParts } from './dispatcher.js';
import { errors } from './errors.js';
import { LocalPace } from './local-pace.js';
import { platformFor, rowOf } from './order-row.js';
import type { OutboundConfig } from './outbound.config.js';
import type { Pace } from './pace.js';
import { RedisPace } from './redis-pace.js';
import { RetryPlan } from './retry-plan.js';
import { TollGuard } from './toll-guard.js';
import { transferTarget } from './transfer-target.js';

export interface OutboundDeskOptions {
  readonly config: OutboundConfig;
  readonly database: OpenDatabase;
  /** Platforms that can place calls, by name; asked anew each time. */
  readonly diallers: () => ReadonlyMap<string, Dialler>;
  readonly calls: CallDesk;
  /** Of the gateway itself and of all calls. */
  readonly events: EventSource & EventSink;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** Null: each process paces its own calls. */
  readonly redisUrl: string | null;
  /** Of the keys in Redis: one per database. */
  readonly redisPrefix?: string;
  /**
   * Names the folder of data that this process works in, as `Instance.seat`: who owned attempts there before is dead. Default: what it
   * owned is taken over when its lease has lapsed.
   */
  readonly seat?: string;
  /** Is there a place for a call? False while the gateway is full or draining. Default: always. */
  readonly hasRoom?: () => boolean;
  /** Default: every name is taken, and a wrong one found out when somebody has answered. */
  readonly agentExists?: (name: string) => boolean;
}

const LOOK_MS = 1000;
const WATCH_MS = 5000;
/** Without a sign of life for so long a process has lost its attempts to the others. */
const LEASE_MS = 20_000;
const TIDY_MS = 3_600_000;

/** Where calls are ordered: takes orders in, dials them at the set pace, and follows each until it is over. */
export class OutboundDesk implements DialDesk {
  private readonly book: DialBook;
  private readonly guard: TollGuard;
  private readonly dispatcher: Dispatcher;
  private readonly pace: Pace;
  private readonly parts: DispatcherParts;
  private readonly owner: string;
  /** How the names begin of those that worked in this folder before; null once their attempts were taken over. */
  private predecessors: string | null;
  private readonly attempts = new Map<string, Attempt>();
  private readonly orderOfCall = new Map<string, string>();
  private readonly stops: Cancel[] = [];
  private watching: Promise<void> | null = null;
  private isClosed = false;

  /** Throws DIAL_BAD_WINDOW. */
  constructor(private readonly options: OutboundDeskOptions) {
    const { config, database, redisUrl, clock, log, now } = options;
    this.predecessors = options.seat === undefined ? null : `${options.seat}/`;
    this.owner = `${this.predecessors ?? ''}${randomUUID()}`;
    this.book = new DialBook(database);
    this.guard = new TollGuard(config);
    this.parts = {
      ...options,
      book: this.book,
      guard: this.guard,
      plan: new RetryPlan(config),
      owner: this.owner,
      leaseMs: LEASE_MS,
      windows: parseWindows(config.windows),
      hasRoom: () => !this.isClosed && (options.hasRoom?.() ?? true),
      onBegun: (attempt) => this.attempts.set(attempt.orderId, attempt),
      onGone: (attempt) => this.gone(attempt),
    };
    this.dispatcher = new Dispatcher(this.parts);
    const pacing = {
      book: this.book,
      dispatch: (orderId: string) => this.dispatcher.dispatch(orderId),
      callsPerSecond: config.callsPerSecond,
      clock,
      now,
      log,
    };
    this.pace =
      redisUrl === null
        ? new LocalPace(pacing)
        : new RedisPace({ ...pacing, redisUrl, prefix: options.redisPrefix ?? 'patchbay' });
  }

  /**
   * Goes on where an earlier process stopped. After the platforms stand and the gateway listens. Never rejects: while the database is
   * away it is tried again.
   */
  async start(): Promise<void> {
    const { clock, events, database } = this.options;
    this.stops.push(
      // It is told while the call is being made; the desk of calls knows it right afterwards.
      events.on('call.offered', (_, { callId }) => queueMicrotask(() => this.callOffered(callId))),
      events.on('call.fell.back', ({ to }, { callId }) => {
        // The telephone call goes on without a leg here.
        if (to === 'turns') this.orderOfCall.delete(callId);
      }),
      events.on('call.ended', ({ reason }, { callId }) => this.callEnded(callId, reason === 'transferred')),
    );
    // The embedded database has one process; whoever else owned an attempt is dead.
    await this.watch(database.kind === 'libsql');
    this.stops.push(
      clock.every(LOOK_MS, () => this.pace.look()),
      clock.every(WATCH_MS, () => void this.watch()),
      clock.every(TIDY_MS, () => void this.tidy()),
    );
    await this.pace.start();
  }

  /** Dials nobody any more and writes down what it knows; calls go on and are followed by the next process. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const stop of this.stops) stop();
    await this.pace.close();
    await this.watching;
    await Promise.all([...this.attempts.values()].map((attempt) => attempt.close()));
    await this.book.renew(this.owner, 0).catch((thrown) => this.missed(thrown));
  }

  async order(request: DialRequest, by: string): Promise<DialStatus> {
    try {
      return await this.take(request, by);
    } catch (thrown) {
      const { code } = asGatewayError(thrown, 'DIAL_FAULT', 'The order could not be taken');
      this.options.events.publish('dial.refused', { code });
      throw thrown;
    }
  }

  /** Orders that are not over, of all processes of the database, and the money of the day. Rejects with STORE_AWAY. */
  async backlog(): Promise<DialBacklog> {
    const at = this.options.now();
    const { orders, firstDueAt, usd } = await this.book.standing(at);
    return {
      orders,
      overdueMs: firstDueAt === null || firstDueAt > at ? null : at - firstDueAt,
      spentUsd: usd,
      spendLimitUsd: this.options.config.spendPerDayUsd,
    };
  }

  async find(orderId: string): Promise<DialStatus | null> {
    const row = await this.book.find(orderId);
    return row === null ? null : statusOf(row);
  }

  async cancel(orderId: string, by: string): Promise<boolean> {
    const row = await this.book.find(orderId);
    if (row === null) return false;
    const given = await this.book.giveUp(row, 'cancelled', null, this.options.now(), by);
    if (given !== null) {
      publishDial(this.options.events, given);
      return true;
    }
    const wished = await this.book.wish(orderId, by);
    if (wished === null) return false;
    const attempt = this.attempts.get(orderId);
    if (attempt !== undefined) attempt.cancel();
    // Another process follows it; what that hears of the platform tells it the rest.
    else if (wished.receipt !== null)
      await this.options.diallers().get(wished.platform)?.cancel({ platformCallId: wished.receipt });
    return true;
  }

  async eraseParty(number: string): Promise<ErasedOrders> {
    const { erased, cancelled, underWay } = await this.book.erase(number, this.options.now());
    for (const row of cancelled) publishDial(this.options.events, row);
    // Where another process follows them, that cancels them with its next news.
    for (const orderId of underWay) this.attempts.get(orderId)?.cancel();
    return { erased, cancelled: cancelled.map(({ order_id }) => order_id), underWay };
  }

  /** These calls are forgotten: their orders name nobody any more. Rejects with STORE_AWAY. */
  forgetCalls(callIds: readonly string[]): Promise<void> {
    return this.book.eraseCalls(callIds);
  }

  transferTarget(to: string): string {
    return transferTarget(to, this.guard, this.options.config);
  }

  private async take(request: DialRequest, by: string): Promise<DialStatus> {
    if (this.isClosed) throw errors.closing();
    const { now, config, agentExists, diallers } = this.options;
    const at = now();
    const row = rowOf(request, { by, at, config, platform: platformFor(request, diallers()) });
    const refusal = this.guard.refusal(row.to_number);
    if (refusal !== null) throw refusal;
    if (agentExists?.(row.agent) === false) throw errors.noAgent(row.agent);
    const opensAt = this.dispatcher.opening(row, row.due_at);
    if (opensAt instanceof GatewayError) throw opensAt;
    const key = keyOf(request);
    const earlier = key === null ? null : await this.book.known(key, at);
    if (earlier !== null) return statusOf(earlier);
    const spent = await this.book.spentOn(row.to_number, at);
    if (isOver(spent.usd + this.guard.reserve(row.to_number), config.spendPerDayUsd)) throw errors.spend();
    if (spent.attempts >= config.maxPerNumberPerDay) throw errors.tooOften();
    const entered = await this.book.enter({ ...row, due_at: opensAt }, key, config.maxQueued);
    if (entered.order_id === row.order_id) {
      publishDial(this.options.events, entered);
      this.pace.push(entered.order_id, entered.due_at, entered.attempts);
    }
    return statusOf(entered);
  }

  private callOffered(callId: string): void {
    const orderId = this.options.calls.find(callId)?.view.info.orderId;
    const attempt = orderId === undefined ? undefined : this.attempts.get(orderId);
    if (attempt === undefined) return;
    this.orderOfCall.set(callId, attempt.orderId);
    attempt.called(callId);
  }

  private callEnded(callId: string, goesOn: boolean): void {
    const orderId = this.orderOfCall.get(callId);
    this.orderOfCall.delete(callId);
    if (orderId !== undefined && !goesOn) this.attempts.get(orderId)?.callEnded();
  }

  private gone(attempt: Attempt): void {
    if (this.attempts.get(attempt.orderId) === attempt) this.attempts.delete(attempt.orderId);
    this.pace.look();
  }

  /** Shows that this process lives, takes over what dead ones left, and looks at every attempt. */
  private watch(all = false): Promise<void> {
    this.watching ??= this.look(all)
      .catch((thrown) => this.missed(thrown))
      .finally(() => {
        this.watching = null;
      });
    return this.watching;
  }

  private async look(all: boolean): Promise<void> {
    const at = this.options.now();
    for (const attempt of this.attempts.values()) attempt.check();
    if (this.attempts.size > 0) await this.book.renew(this.owner, at + LEASE_MS);
    const lapsedAt = all ? Number.MAX_SAFE_INTEGER : at;
    const adopted = await this.book.adopt(this.owner, lapsedAt, at + LEASE_MS, this.predecessors);
    this.predecessors = null;
    for (const row of adopted) {
      if (this.attempts.has(row.order_id)) continue;
      const attempt = new Attempt(row, true, this.parts);
      this.attempts.set(row.order_id, attempt);
      const call = this.options.calls.calls.find(({ view }) => view.info.orderId === row.order_id);
      if (call !== undefined) this.callOffered(call.view.id);
      attempt.check();
    }
  }

  private async tidy(): Promise<void> {
    await this.book
      .forget(this.options.now() - this.options.config.keepOrdersMs)
      .catch((thrown) => this.missed(thrown));
  }

  private missed(thrown: unknown): void {
    const { code, message } = asGatewayError(thrown, 'DIAL_QUEUE_FAILED', 'The queue was not looked after');
    this.options.log.warn({ code }, message);
  }
}
