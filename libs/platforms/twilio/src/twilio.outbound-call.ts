import {
  asGatewayError,
  type Callee,
  type Cancel,
  type Clock,
  type DialListener,
  type DialOrder,
  type DialOutcome,
  type Log,
} from '#libs/contracts';
import type { TwilioRest } from './twilio.rest.js';
import { isGone } from './twilio.rest-errors.js';

export interface OutboundCallParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly rest: TwilioRest;
  readonly onOver: (call: OutboundCall) => void;
}

/** Twilio lets it ring a few seconds longer than it is asked to, and a callback takes its time. */
const RING_MARGIN_MS = 15_000;
const SLOWLY_MS = 60_000;
/** Of a call that runs: its stream tells of its end long before. */
const WHILE_TALKING_MS = 300_000;
const AFTER_LEG_MS = 10_000;
/** Twilio cannot be asked for so long (4 hours): nobody can tell what became of the call. */
const MOST_FAILURES = 240;

const OUTCOMES: Readonly<Record<string, DialOutcome>> = {
  completed: 'answered',
  busy: 'busy',
  'no-answer': 'no-answer',
  failed: 'failed',
  canceled: 'cancelled',
};

/**
 * One order at Twilio, from before it is sent until it is over. Callbacks come late, twice, out of order or never: what they
 * say only moves forwards, and where none comes Twilio is asked.
 */
export class OutboundCall {
  private sid: string | null = null;
  private listener: DialListener | null;
  private ringing = false;
  private answered = false;
  /** On the clock. */
  private answeredMs: number | null = null;
  private streaming = false;
  private ended = false;
  private calleeKnown = false;
  private failures = 0;
  private cancelPoll: Cancel | null = null;

  constructor(
    readonly order: DialOrder,
    listener: DialListener,
    private readonly parts: OutboundCallParts,
  ) {
    this.listener = listener;
  }

  /** Null: Twilio has not told yet that it took the order. */
  get callSid(): string | null {
    return this.sid;
  }

  /** Twilio has taken the order. From now on it is asked where it tells nothing. */
  taken(callSid: string): void {
    this.identify(callSid);
    if (!this.ended && this.cancelPoll === null) this.pollIn(this.order.ringForMs + RING_MARGIN_MS);
  }

  /** A webhook has named the call of this order. */
  identify(callSid: string): void {
    this.sid ??= callSid;
  }

  /** Nobody follows this order any more; should its call come all the same, it is still served. */
  disown(): void {
    this.listener = null;
    this.cancelPoll?.();
  }

  /** A `CallStatus` of Twilio's; one that is not known changes nothing. */
  status(status: string, sipCode: string | null = null): void {
    if (this.ended) return;
    const outcome = OUTCOMES[status];
    if (outcome !== undefined) {
      if (outcome === 'answered') this.tellAnswered();
      this.end(outcome, outcome === 'failed' && sipCode !== null ? `SIP_${sipCode}` : null);
    } else if (status === 'ringing' && !this.ringing && !this.answered) {
      this.ringing = true;
      this.listener?.onRinging();
    } else if (status === 'in-progress') this.tellAnswered();
  }

  /** The value of `AnsweredBy`. */
  detected(answeredBy: string, tookMs: number): void {
    if (this.calleeKnown || this.ended) return;
    this.calleeKnown = true;
    this.listener?.onCallee(calleeOf(answeredBy), tookMs);
  }

  /** So long may the call still last. */
  get leftMs(): number {
    const { answeredMs } = this;
    const lastedMs = answeredMs === null ? 0 : this.parts.clock.nowMs() - answeredMs;
    return Math.max(0, this.order.maxCallMs - lastedMs);
  }

  /** Somebody here talks to the callee. */
  get hasLeg(): boolean {
    return this.streaming;
  }

  legBegun(): void {
    this.streaming = true;
    this.status('in-progress');
  }

  /** Its stream has ended: the call is over, or about to be. */
  legEnded(): void {
    this.streaming = false;
    this.pollIn(AFTER_LEG_MS);
  }

  /** Asks Twilio now, and then again until it is over. */
  async poll(): Promise<void> {
    const { sid } = this;
    if (this.ended || sid === null || this.listener === null) return;
    try {
      this.status((await this.parts.rest.fetch(sid)).status);
      this.failures = 0;
    } catch (thrown) {
      const error = asGatewayError(thrown, 'TWILIO_POLL_FAILED', 'The state of a call could not be read');
      this.parts.log.warn({ callSid: sid, code: error.code }, error.message);
      if (isGone(error) || ++this.failures >= MOST_FAILURES) this.end('lost', error.code);
    }
    if (!this.ended) this.pollIn(this.answered ? WHILE_TALKING_MS : SLOWLY_MS);
  }

  close(): void {
    this.cancelPoll?.();
    this.cancelPoll = null;
  }

  pollIn(delayMs: number): void {
    if (this.ended || this.listener === null) return;
    this.cancelPoll?.();
    this.cancelPoll = this.parts.clock.after(delayMs, () => void this.poll());
  }

  private tellAnswered(): void {
    if (this.answered) return;
    this.answered = true;
    this.answeredMs = this.parts.clock.nowMs();
    this.listener?.onAnswered();
  }

  private end(outcome: DialOutcome, code: string | null): void {
    this.ended = true;
    this.close();
    this.listener?.onOver(outcome, code);
    this.listener = null;
    this.parts.onOver(this);
  }
}

function calleeOf(answeredBy: string): Callee {
  if (answeredBy === 'human' || answeredBy === 'fax') return answeredBy;
  return answeredBy.startsWith('machine') ? 'machine' : 'unknown';
}
