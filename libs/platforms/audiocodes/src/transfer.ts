import type { Cancel, Clock, GatewayError } from '#libs/contracts';
import { isObject, textOf } from './audiocodes.messages.js';
import { errors } from './errors.js';

/** `tel:` and `sip:` addresses as they are, numbers and `user@host` made into one; null when it can be neither. */
export function transferTarget(to: string): string | null {
  const target = to.trim();
  if (/^(?:tel|sips?):[\x21-\x7e]+$/i.test(target)) return target;
  if (/^[^\s@:]+@[\w.-]+(?::\d+)?$/.test(target)) return `sip:${target}`;
  const number = target.replace(/[\s().-]/g, '');
  return /^\+?[0-9*#]{2,}$/.test(number) ? `tel:${number}` : null;
}

/** The one transfer of a conversation that may be under way, until its outcome is told on whatever socket the conversation has then. */
export class Transfer {
  private settle: ((error: GatewayError | null) => void) | null = null;

  constructor(private readonly clock: Clock) {}

  get pending(): boolean {
    return this.settle !== null;
  }

  /**
   * Resolves when the caller was handed over, rejects with a GatewayError when not. `order` asks VoiceAI Connect for it; null:
   * the call is not up.
   */
  begin(to: string, timeoutMs: number, order: ((transferTarget: string) => void) | null): Promise<void> {
    const target = transferTarget(to);
    if (target === null) return Promise.reject(errors.transferTarget());
    if (order === null) return Promise.reject(errors.transferImpossible('it is not up'));
    if (this.pending) return Promise.reject(errors.transferImpossible('another transfer is under way'));
    order(target);
    return new Promise((resolve, reject) => {
      const cancel: Cancel = this.clock.after(timeoutMs, () =>
        this.failed(errors.transferTimeout(timeoutMs)),
      );
      this.settle = (error) => {
        this.settle = null;
        cancel();
        if (error === null) resolve();
        else reject(error);
      };
    });
  }

  succeeded(): void {
    this.settle?.(null);
  }

  failed(error: GatewayError): void {
    this.settle?.(error);
  }

  /** The value of a `transferStatus` event. False: it has not the documented shape. */
  status(value: unknown): boolean {
    if (!isObject(value)) return false;
    if (value.status === 'answered') this.succeeded();
    else if (value.status === 'failed') this.failed(errors.transferFailed(reasonOf(value.reasonCode)));
    else return false;
    return true;
  }
}

const REASONS = ['no-answer', 'busy', 'declined', 'error'];

function reasonOf(code: unknown): string {
  return REASONS.find((known) => known === textOf(code)) ?? 'unknown reason';
}
