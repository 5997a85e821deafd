import type { DialListener, Dialler, DialOrder, DialReceipt } from '#libs/contracts';

export interface Dialled {
  readonly order: DialOrder;
  readonly receipt: DialReceipt;
  readonly atMs: number;
  listener: DialListener;
}

/** A platform that places calls and tells what the test tells it to tell. */
export class ScriptedDialler implements Dialler {
  /** Every call that was placed, in order. */
  readonly dialled: Dialled[] = [];
  readonly cancelled: string[] = [];
  readonly hungUp: string[] = [];
  readonly asked: string[] = [];
  /** Runs before an order is taken; may reject, or not answer for a while. */
  before: (order: DialOrder) => Promise<void> = async () => undefined;
  /** Runs before a question is answered. */
  beforeFollow: () => Promise<void> = async () => undefined;

  constructor(private readonly nowMs: () => number) {}

  get last(): Dialled {
    return this.dialled.at(-1)!;
  }

  async dial(order: DialOrder, listener: DialListener): Promise<DialReceipt> {
    const atMs = this.nowMs();
    await this.before(order);
    const receipt = { platformCallId: `call-${this.dialled.length + 1}` };
    this.dialled.push({ order, receipt, listener, atMs });
    return receipt;
  }

  async follow(
    order: DialOrder,
    receipt: DialReceipt | null,
    _sinceMs: number,
    listener: DialListener,
  ): Promise<DialReceipt | null> {
    this.asked.push(order.orderId);
    await this.beforeFollow();
    const found = this.dialled.findLast((one) =>
      receipt === null
        ? one.order.orderId === order.orderId
        : one.receipt.platformCallId === receipt.platformCallId,
    );
    if (found === undefined) return null;
    found.listener = listener;
    return found.receipt;
  }

  async cancel(receipt: DialReceipt): Promise<void> {
    this.cancelled.push(receipt.platformCallId);
  }

  async hangUp(receipt: DialReceipt): Promise<void> {
    this.hungUp.push(receipt.platformCallId);
  }
}
