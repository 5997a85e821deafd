import type { CallControl, CallView, CollectedDigits, DigitsOrder, TransferOrder } from '#libs/contracts';
import { GatewayError } from '#libs/contracts';

/** A call that only writes down what is asked of it. */
export class PaperCall implements CallControl {
  readonly asked: unknown[] = [];
  readonly muted = false;
  readonly takenOver = false;
  /** What the caller presses when keys are collected. */
  keys: CollectedDigits = { digits: '', complete: false };
  transferFails = false;
  takesKeys = true;

  constructor(readonly callId = 'call-1') {}

  get view(): CallView {
    const info = { from: '+4930111', to: '+4930222' };
    return { id: this.callId, state: 'active', info } as unknown as CallView;
  }

  say = () => true;
  whisper = () => true;
  mute = () => undefined;
  takeOver = () => null;
  hangUp = (by: string) => void this.asked.push(['hangUp', by]);
  hangUpAfterLastWord = (by: string) => void this.asked.push(['hangUpAfterLastWord', by]);

  async transfer(order: TransferOrder, by: string): Promise<void> {
    this.asked.push(['transfer', order, by]);
    if (this.transferFails) throw new GatewayError('TRANSFER_UNSUPPORTED', 'This platform cannot transfer.');
  }

  sendDtmf(digits: string, by: string): boolean {
    this.asked.push(['sendDtmf', digits, by]);
    return this.takesKeys;
  }

  async collectDigits(order: DigitsOrder): Promise<CollectedDigits> {
    this.asked.push(['collectDigits', order]);
    return this.keys;
  }
}
