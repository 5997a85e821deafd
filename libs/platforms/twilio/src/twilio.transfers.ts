import { randomBytes } from 'node:crypto';
import {
  asGatewayError,
  type Cancel,
  type Clock,
  type GatewayError,
  type LegInfo,
  type Log,
  transferTarget,
} from '#libs/contracts';
import { callerGone, notBack, transferFailed, transferTargetInvalid } from './errors.js';
import type { TwilioRest } from './twilio.rest.js';
import { isGone, isUnknown } from './twilio.rest-errors.js';
import { transferTwiml } from './twilio.twiml.js';
import { TRANSFER_PATH, type TwilioUrls } from './twilio.urls.js';

/** A leg that hands its caller on: without a stream for a while, and back with another where nobody takes the caller. */
export interface TransferableLeg {
  readonly callSid: string;
  readonly info: LegInfo;
  readonly ended: boolean;
  /** The caller is heard here. */
  readonly hasStream: boolean;
  /** A stream of TwiML of ours can take the caller back. */
  readonly canComeBack: boolean;
  /** The stream is going to end, and that is no hang-up. */
  leave(): void;
  /** It does not end after all. */
  stay(): void;
  /** The caller is somewhere else for good. */
  handedOver(): void;
  callerHungUp(): void;
  lost(error: GatewayError): void;
}

export interface TransfersParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly rest: TwilioRest;
  readonly urls: TwilioUrls;
  /** Settings: how long it rings, and how long a stream may take to come. */
  readonly transferRingMs: number;
  readonly tokenTtlMs: number;
}

/** What follows the end of a `<Dial>`. */
export type AfterDial =
  | { readonly do: 'hang-up' }
  | { readonly do: 'apologise' }
  | { readonly do: 'come-back'; readonly leg: TransferableLeg };

interface Transfer {
  readonly token: string;
  readonly leg: TransferableLeg;
  readonly resolve: () => void;
  readonly reject: (error: GatewayError) => void;
  cancelTimer: Cancel | null;
  /** Set when nobody took the caller: what the transfer is told when the caller is back. */
  failure: GatewayError | null;
}

/** Callbacks may take so long; then Twilio is asked. */
const MARGIN_MS = 20_000;
/** From taking the TwiML until the stream has ended. */
const STOP_WITHIN_MS = 3000;
const AGAIN_MS = 30_000;
const MOST_FAILURES = 3;
const CALL_OVER: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);
const TAKEN: ReadonlySet<string> = new Set(['completed', 'answered']);

/**
 * Hands callers on with `<Dial>`. Twilio ends the stream as soon as it takes the TwiML, so the outcome comes by webhook: the
 * dialled party answered, or the verb is over. Where no webhook comes, Twilio is asked.
 */
export class Transfers {
  private readonly running = new Map<string, Transfer>();

  constructor(private readonly parts: TransfersParts) {}

  /** Resolves when somebody has taken the caller; rejects when the caller is back, or gone. `leftMs`: as `TransferTwiml` says. */
  async start(leg: TransferableLeg, to: string, leftMs: number | null): Promise<void> {
    const target = transferTarget(to);
    if (target === null) throw transferTargetInvalid();
    const { rest, urls, transferRingMs } = this.parts;
    const token = randomBytes(24).toString('base64url');
    const outcome = this.enter(token, leg);
    leg.leave();
    try {
      const twiml = transferTwiml({
        to: target,
        ringForMs: transferRingMs,
        leftMs,
        actionUrl: urls.webhook(`${TRANSFER_PATH}/${token}`),
      });
      await rest.change(leg.callSid, { twiml });
      this.askIn(token, transferRingMs + MARGIN_MS);
    } catch (thrown) {
      this.notTaken(token, leg, asGatewayError(thrown, 'TWILIO_TRANSFER_FAILED', 'No transfer'));
    }
    return outcome;
  }

  /** The dialled party has answered. */
  answered(token: string): void {
    this.settle(token, (transfer) => {
      transfer.leg.handedOver();
      transfer.resolve();
    });
  }

  /** The `<Dial>` is over; `callStatus` is the caller's. May be told twice. */
  finished(token: string, dialStatus: string, callStatus: string): AfterDial {
    const transfer = this.running.get(token);
    if (TAKEN.has(dialStatus)) {
      this.answered(token);
      return { do: 'hang-up' };
    }
    if (CALL_OVER.has(callStatus)) {
      this.gone(token);
      return { do: 'hang-up' };
    }
    if (transfer === undefined) return { do: 'apologise' };
    if (transfer.leg.ended) {
      this.gone(token);
      return { do: 'hang-up' };
    }
    transfer.failure ??= transferFailed(
      `the other party was ${dialStatus.replace(/[^\w-]/g, '?').slice(0, 30)}`,
    );
    if (!transfer.leg.canComeBack) {
      this.giveUp(token);
      return { do: 'apologise' };
    }
    this.wait(transfer, this.parts.tokenTtlMs, () => this.giveUp(token));
    return { do: 'come-back', leg: transfer.leg };
  }

  /** The caller is heard again on this leg. */
  cameBack(leg: TransferableLeg): void {
    const found = this.of((transfer) => transfer.leg === leg && transfer.failure !== null);
    if (found !== undefined) this.settle(found.token, ({ reject, failure }) => reject(failure!));
  }

  /** Twilio says that the call is over. */
  callOver(callSid: string): void {
    const found = this.of(({ leg }) => leg.callSid === callSid);
    if (found !== undefined) this.gone(found.token);
  }

  close(): void {
    for (const { cancelTimer } of this.running.values()) cancelTimer?.();
    this.running.clear();
  }

  private enter(token: string, leg: TransferableLeg): Promise<void> {
    const outcome = new Promise<void>((resolve, reject) => {
      this.running.set(token, { token, leg, resolve, reject, cancelTimer: null, failure: null });
    });
    // Whoever asked for the transfer may have gone meanwhile.
    outcome.catch(() => undefined);
    return outcome;
  }

  private notTaken(token: string, leg: TransferableLeg, error: GatewayError): void {
    const failed = () =>
      this.settle(token, ({ reject }) => {
        leg.stay();
        reject(error);
      });
    const transfer = this.running.get(token);
    if (isGone(error)) this.gone(token);
    else if (!isUnknown(error) || transfer === undefined) failed();
    // Where Twilio took it after all, the stream ends.
    else
      this.wait(transfer, STOP_WITHIN_MS, () =>
        leg.hasStream ? failed() : this.askIn(token, this.parts.transferRingMs + MARGIN_MS),
      );
  }

  private askIn(token: string, delayMs: number, failures = 0): void {
    const transfer = this.running.get(token);
    if (transfer !== undefined) this.wait(transfer, delayMs, () => void this.askTwilio(token, failures));
  }

  /** No callback has come. Long after it has stopped ringing, a caller who is still there is talking to somebody. */
  private async askTwilio(token: string, failures: number): Promise<void> {
    const transfer = this.running.get(token)!;
    const { leg } = transfer;
    try {
      const { status } = await this.parts.rest.fetch(leg.callSid);
      // Meanwhile the callback has come: nobody took the caller, who is on his way back.
      if (transfer.failure !== null) return;
      if (CALL_OVER.has(status)) this.gone(token);
      else this.answered(token);
    } catch (thrown) {
      const error = asGatewayError(thrown, 'TWILIO_POLL_FAILED', 'The state of a call could not be read');
      this.parts.log.warn({ callSid: leg.callSid, code: error.code }, error.message);
      if (transfer.failure !== null) return;
      if (isGone(error)) this.gone(token);
      else if (failures + 1 >= MOST_FAILURES) this.giveUp(token);
      else this.askIn(token, AGAIN_MS, failures + 1);
    }
  }

  private gone(token: string): void {
    this.settle(token, ({ leg, reject }) => {
      leg.callerHungUp();
      reject(callerGone());
    });
  }

  private giveUp(token: string): void {
    this.settle(token, ({ leg, reject, failure }) => {
      leg.lost(notBack());
      reject(failure ?? notBack());
    });
  }

  private wait(transfer: Transfer, delayMs: number, action: () => void): void {
    transfer.cancelTimer?.();
    transfer.cancelTimer = this.parts.clock.after(delayMs, action);
  }

  private settle(token: string, how: (transfer: Transfer) => void): void {
    const transfer = this.running.get(token);
    if (transfer === undefined) return;
    this.running.delete(token);
    transfer.cancelTimer?.();
    how(transfer);
  }

  private of(wanted: (transfer: Transfer) => boolean): Transfer | undefined {
    return [...this.running.values()].find(wanted);
  }
}
