import type { DialListener, Dialler, DialOrder, DialReceipt } from '#libs/contracts';
import type { NetworkCall } from './phone-network.js';

const POLL_MS = 20;

/** Places calls over a PhoneNetwork. */
export class NetworkDialler implements Dialler {
  constructor(private readonly url: string) {}

  async dial(order: DialOrder, listener: DialListener): Promise<DialReceipt> {
    const answer = await fetch(`${this.url}/?order=${order.orderId}`, { method: 'POST' });
    const call = (await answer.json()) as NetworkCall;
    this.poll(call.callId, listener);
    return { platformCallId: call.callId };
  }

  async follow(
    order: DialOrder,
    receipt: DialReceipt | null,
    _sinceMs: number,
    listener: DialListener,
  ): Promise<DialReceipt | null> {
    const path = receipt === null ? `?order=${order.orderId}` : receipt.platformCallId;
    const call = await this.ask(path);
    if (call === null) return null;
    this.poll(call.callId, listener);
    return { platformCallId: call.callId };
  }

  async cancel(): Promise<void> {
    throw new Error('Nobody cancels here.');
  }

  async hangUp(): Promise<void> {
    throw new Error('Nobody hangs up here.');
  }

  private async ask(path: string): Promise<NetworkCall | null> {
    return (await (await fetch(`${this.url}/${path}`)).json()) as NetworkCall | null;
  }

  private poll(callId: string, listener: DialListener): void {
    this.ask(callId).then(
      (call) => {
        if (call?.status === 'ringing') listener.onRinging();
        if (call?.status === 'in-progress') listener.onAnswered();
        if (call?.status === 'completed') {
          listener.onAnswered();
          listener.onOver('answered', null);
        } else setTimeout(() => this.poll(callId, listener), POLL_MS);
      },
      () => setTimeout(() => this.poll(callId, listener), POLL_MS),
    );
  }
}
