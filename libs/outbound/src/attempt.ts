import {
  asGatewayError,
  type CallControl,
  type Callee,
  type DialListener,
  type Dialler,
  type DialOrder,
  type DialOutcome,
  type DialReceipt,
  GatewayError,
} from '#libs/contracts';
import type { DialOrderTable } from '#libs/store';
import { type AttemptParts, publishDial } from './attempt-parts.js';
import type { News } from './dial-book.js';
import type { Ending } from './dial-finish.js';
import { orderOf, receiptOf, retriesOf } from './dial-rows.js';
import { DiallerOrders } from './dialler-orders.js';
import { NOBODY_CALLED } from './errors.js';
import { RunningCost } from './running-cost.js';
import { WriteBehind } from './write-behind.js';

/** A platform that took an order tells of its end by this time after it should have stopped ringing; then it is asked. */
const RING_MARGIN_MS = 90_000;
const ASK_EVERY_MS = 60_000;
/** What nobody has told of for so long after it should have been over is over. */
const LAST_LIMIT_MS = 15 * 60_000;
/** An order without a receipt may still be on its way to the platform for so long after its process died. */
const ON_ITS_WAY_MS = 60_000;
/** A process that stood still for so long after its claim must not dial: others may have taken the attempt over. */
const CLAIM_VALID_MS = 5000;
const BY = 'gateway';

/**
 * One attempt at an order, from its claim until the database knows how it ended. What it hears is written behind, in order, and again
 * until the database takes it.
 */
export class Attempt implements DialListener {
  private state: News['state'];
  private receipt: DialReceipt | null;
  private answeredAt: number | null;
  private callee: Callee | null;
  private callId: string | null;
  private ending: Ending | null = null;
  private told: News['state'];
  private readonly writer: WriteBehind;
  private readonly cost: RunningCost;
  private readonly platform: DiallerOrders;
  private isAsking = false;
  private askedAt: number;
  /** The platform has to be asked before anything can be known. */
  private isUnknown: boolean;
  private isCancelled: boolean;
  /** It lasted longer than any call may. */
  private isTooLong = false;
  private detected: { readonly callee: Callee; readonly tookMs: number } | null = null;
  private callEndedAt: number | null = null;

  /** `adopted`: another process began it. */
  constructor(
    private readonly row: DialOrderTable,
    private readonly adopted: boolean,
    private readonly parts: AttemptParts,
  ) {
    this.state = row.state as News['state'];
    this.told = this.state;
    this.receipt = receiptOf(row);
    this.answeredAt = row.answered_at;
    this.callee = row.callee as Callee | null;
    this.callId = row.call_id;
    this.isUnknown = adopted;
    this.isCancelled = row.cancelled_by !== null;
    this.askedAt = 0;
    this.cost = new RunningCost(row, parts);
    const missed = (thrown: unknown) => void this.missed(thrown);
    this.platform = new DiallerOrders(() => this.dialler, missed);
    this.writer = new WriteBehind(() => this.writeOnce(), parts.clock, missed);
  }

  get orderId(): string {
    return this.row.order_id;
  }

  /** Asks the platform to place the call. Never rejects. */
  async dial(): Promise<void> {
    const { dialler } = this;
    if (dialler === undefined || this.age > CLAIM_VALID_MS) {
      this.over('not-taken', NOBODY_CALLED[0]);
      return;
    }
    try {
      this.took(await dialler.dial(this.order, this));
    } catch (thrown) {
      this.rejected(thrown);
    }
  }

  onRinging(): void {
    if (this.state !== 'dialling' || this.ending !== null) return;
    this.state = 'ringing';
    this.writer.save();
  }

  onAnswered(): void {
    if (this.state === 'answered' || this.ending !== null) return;
    this.state = 'answered';
    this.answeredAt = this.parts.now();
    this.writer.save();
  }

  onCallee(callee: Callee, tookMs: number): void {
    if (this.callee !== null) return;
    this.callee = callee;
    this.detected = { callee, tookMs };
    this.tellCall();
    if (this.ending === null) this.writer.save();
  }

  onOver(outcome: DialOutcome, code: string | null): void {
    const why = code ?? (this.isTooLong ? 'DIAL_LIMIT_REACHED' : null);
    this.over(this.state === 'answered' && outcome !== 'lost' ? 'answered' : outcome, why);
  }

  /** A call of this order has come in. */
  called(callId: string): void {
    this.callId = callId;
    this.tellCall();
    this.onAnswered();
    this.writer.save();
  }

  /** That call is over; the platform will tell as much. */
  callEnded(): void {
    this.callEndedAt ??= this.parts.now();
  }

  /** Gives it up, where nobody has answered. */
  cancel(): void {
    this.isCancelled = true;
    this.sendCancel();
  }

  /** Looks whether it should have been over by now, and what it costs. Every few seconds. */
  check(): void {
    if (this.ending !== null) return;
    const now = this.parts.now();
    if (this.cost.isBehind(this.answeredAt)) this.writer.save();
    if (this.isUnknown || now >= this.overdueAt) this.ask(now);
    if (this.ending !== null || now < this.overdueAt) return;
    if (!this.isUnknown) this.stop(now);
    if (now < this.overdueAt + LAST_LIMIT_MS) return;
    if (this.state === 'answered') this.over('answered', 'DIAL_END_UNKNOWN');
    else this.over('lost', 'DIAL_NEVER_TOLD');
  }

  /** Writes what is still to be written, if the database takes it now. */
  close(): Promise<void> {
    return this.writer.close();
  }

  private stop(now: number): void {
    this.sendCancel();
    // That the call of a stream that has ended is over, too, the platform tells.
    if (this.state !== 'answered' || now < this.limitAt) return;
    this.isTooLong = true;
    const { control } = this;
    if (control !== null) control.hangUp(BY, 'limit-reached');
    // It was handed on: nobody here talks to the callee.
    else this.platform.hangUp(this.receipt);
  }

  private get age(): number {
    return this.parts.now() - (this.row.claimed_at ?? 0);
  }

  private get overdueAt(): number {
    if (this.callEndedAt !== null) return this.callEndedAt + ASK_EVERY_MS;
    if (this.answeredAt !== null) return this.limitAt;
    return (this.row.claimed_at ?? 0) + this.row.ring_for_ms + RING_MARGIN_MS;
  }

  private get limitAt(): number {
    return (this.answeredAt ?? Number.POSITIVE_INFINITY) + this.parts.config.maxCallMs;
  }

  private get order(): DialOrder {
    return orderOf(this.row, this.parts.config.maxCallMs);
  }

  private get dialler(): Dialler | undefined {
    return this.parts.diallers().get(this.row.platform);
  }

  private get control(): CallControl | null {
    return (
      this.parts.calls.calls.find(({ view }) => view.info.orderId === this.orderId) ??
      (this.callId === null ? null : this.parts.calls.find(this.callId))
    );
  }

  private took(receipt: DialReceipt): void {
    this.isUnknown = false;
    this.receipt = receipt;
    if (this.isCancelled) this.sendCancel();
    if (this.ending === null) this.writer.save();
  }

  /** Only where it is certain that nobody was called is it tried again. */
  private rejected(thrown: unknown): void {
    const code = this.missed(thrown);
    if (!(thrown instanceof GatewayError) || code.endsWith('_UNKNOWN')) this.over('lost', code);
    else if (thrown.retryable) this.over('failed', code);
    else this.over('failed', code, false);
  }

  /** What became of it? The answer comes as news. */
  private ask(now: number): void {
    const { dialler } = this;
    if (dialler === undefined || this.isAsking || (!this.isUnknown && now < this.askedAt + ASK_EVERY_MS))
      return;
    this.isAsking = true;
    this.askedAt = now;
    dialler
      .follow(this.order, this.receipt, this.row.claimed_at ?? 0, this)
      .then(
        (receipt) => (receipt === null ? this.isNotThere() : this.took(receipt)),
        (thrown) => this.missed(thrown),
      )
      .finally(() => {
        this.isAsking = false;
      });
  }

  private isNotThere(): void {
    if (this.receipt !== null || this.state !== 'dialling') this.over('lost', 'DIAL_UNKNOWN_AT_PLATFORM');
    // What this process itself has sent may still be under way.
    else if (this.adopted && this.age >= ON_ITS_WAY_MS) this.over('not-taken', NOBODY_CALLED[1]);
  }

  private sendCancel(): void {
    if (this.state !== 'answered') this.platform.cancel(this.receipt);
  }

  private tellCall(): void {
    const { control, detected } = this;
    if (control === null || detected === null) return;
    this.detected = null;
    control.view.router.publish('callee.detected', detected);
    if (detected.callee !== 'machine' || this.row.on_machine !== 'hang-up') return;
    control.hangUp(BY, 'machine-answered');
  }

  private over(outcome: DialOutcome | 'not-taken', code: string | null, mayRetry = true): void {
    if (this.ending !== null) return;
    const { plan } = this.parts;
    const at = this.parts.now();
    const unanswered = outcome === 'lost' ? null : 0;
    this.ending = {
      outcome: outcome === 'not-taken' ? 'failed' : outcome,
      code,
      at,
      usd: outcome === 'answered' ? this.cost.until(this.answeredAt ?? at, at) : unanswered,
      retry: mayRetry ? plan.after(outcome, retriesOf(this.row), at) : null,
    };
    this.writer.save();
  }

  /** Tells it in the log; the code of what was missed. */
  private missed(thrown: unknown): string {
    const { code, message } = asGatewayError(thrown, 'DIAL_FAULT', 'The platform failed');
    this.parts.log.warn({ orderId: this.orderId, platform: this.row.platform, code }, message);
    return code;
  }

  private async writeOnce(): Promise<void> {
    const { book, events, onGone } = this.parts;
    const { ending } = this;
    // The end is written behind the news that led to it, so that nothing of them is lost with it.
    const { state, receipt, answeredAt, callee, callId } = this;
    const noted = await book.note(this.row, {
      state,
      receipt: receipt?.platformCallId ?? null,
      answeredAt,
      callee,
      callId,
    });
    if (noted !== null && state !== this.told) {
      this.told = state;
      publishDial(events, noted);
    }
    if (noted?.cancelled_by != null && !this.isCancelled) this.cancel();
    if (noted !== null && ending === null) return this.cost.catchUp(answeredAt);
    const finished = noted === null || ending === null ? null : await book.finish(this.row, ending);
    this.ending ??= { outcome: 'lost', code: null, at: 0, usd: null, retry: null };
    if (finished !== null) publishDial(events, finished);
    onGone(this);
  }
}
