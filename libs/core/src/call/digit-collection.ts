import type { Cancel, Clock, CollectedDigits, DigitsOrder } from '#libs/contracts';
import { digitsCallOver, digitsUnderWay } from '../errors.js';
import type { CallMedia } from './call-media.js';

/**
 * Keys that follow the last sensitive one this closely belong to it: one too many, the key that ends the row, or the rest of a row whose
 * time had run out. Nobody gets them.
 */
const STILL_SENSITIVE_MS = 2000;

export interface DigitCollectionParts extends Pick<CallMedia, 'router' | 'lastWord'> {
  readonly clock: Clock;
  /** A key of before that was one too many. */
  readonly giveBack: (digit: string) => void;
}

interface Running {
  readonly order: DigitsOrder;
  digits: string;
  cancelWait: Cancel;
  /** Over, with or without the keys. Idempotent. */
  readonly finish: (complete: boolean, error?: unknown) => void;
}

/** Keys that somebody waits for, one collection at a time. */
export class DigitCollection {
  private running: Running | null = null;
  private isOver = false;
  private sensitiveUntilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: DigitCollectionParts) {}

  get isUnderWay(): boolean {
    return this.running !== null;
  }

  /** Nobody shall keep what is being pressed, or is pressed next. */
  get isSensitive(): boolean {
    return this.running?.order.sensitive ?? this.parts.clock.nowMs() < this.sensitiveUntilMs;
  }

  /**
   * `early`: keys of before that nobody has had yet. The time of the first key counts from when the caller has heard what is being
   * said. Rejects with what `signal` says, and with GatewayError DIGITS_UNDER_WAY or DIGITS_CALL_OVER.
   */
  collect(order: DigitsOrder, early: string, signal: AbortSignal): Promise<CollectedDigits> {
    if (this.running !== null) return Promise.reject(digitsUnderWay());
    if (this.isOver) return Promise.reject(digitsCallOver());
    if (signal.aborted) return Promise.reject(signal.reason);
    const { router, lastWord } = this.parts;
    return new Promise((resolve, reject) => {
      const abort = () => running.finish(false, signal.reason);
      const running: Running = {
        order,
        digits: '',
        cancelWait: () => undefined,
        finish: (complete, error) => {
          if (this.running !== running) return;
          this.running = null;
          running.cancelWait();
          signal.removeEventListener('abort', abort);
          const { digits } = running;
          const { sensitive } = order;
          if (sensitive) this.keepSensitive();
          router.publish('digits.collected', { digits: sensitive ? '' : digits, complete, sensitive });
          if (error === undefined) resolve({ digits, complete });
          else reject(error);
        },
      };
      this.running = running;
      signal.addEventListener('abort', abort);
      router.publish('digits.collecting', { sensitive: order.sensitive });
      for (const digit of early) if (!this.takes(digit)) this.parts.giveBack(digit);
      if (this.running !== running || running.digits !== '') return;
      const asked = { next: 'none', shielded: false, last: false } as const;
      let isHeard = false;
      const cancel = lastWord.whenHeard(asked, () => {
        isHeard = true;
        this.waitForKey(running);
      });
      if (!isHeard) running.cancelWait = cancel;
    });
  }

  /** False: the key is another's. */
  takes(digit: string): boolean {
    const { running } = this;
    if (running === null) {
      if (!this.isSensitive) return false;
      this.keepSensitive();
      return true;
    }
    const { finishKey, maxDigits } = running.order;
    running.cancelWait();
    if (digit === finishKey) running.finish(true);
    else {
      running.digits += digit;
      if (running.digits.length >= maxDigits) running.finish(true);
      else this.waitForKey(running);
    }
    return true;
  }

  close(): void {
    this.isOver = true;
    this.running?.finish(false, digitsCallOver());
  }

  private keepSensitive(): void {
    this.sensitiveUntilMs = this.parts.clock.nowMs() + STILL_SENSITIVE_MS;
  }

  private waitForKey(running: Running): void {
    running.cancelWait = this.parts.clock.after(running.order.timeoutMs, () => running.finish(false));
  }
}
