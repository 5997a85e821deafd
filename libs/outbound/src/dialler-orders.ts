import type { Dialler, DialReceipt } from '#libs/contracts';

/** What a platform is told about a call of ours that is under way. What it does not take is told again at the next occasion. */
export class DiallerOrders {
  private readonly told = new Set<'cancel' | 'hangUp'>();

  constructor(
    private readonly dialler: () => Dialler | undefined,
    private readonly onMissed: (thrown: unknown) => void,
  ) {}

  /** Gives up a call that nobody has answered. */
  cancel(receipt: DialReceipt | null): void {
    this.tell('cancel', receipt);
  }

  /** Ends a call that was answered, whoever talks to the callee. */
  hangUp(receipt: DialReceipt | null): void {
    this.tell('hangUp', receipt);
  }

  private tell(order: 'cancel' | 'hangUp', receipt: DialReceipt | null): void {
    const dialler = this.dialler();
    if (receipt === null || dialler === undefined || this.told.has(order)) return;
    this.told.add(order);
    dialler[order](receipt).catch((thrown) => {
      this.told.delete(order);
      this.onMissed(thrown);
    });
  }
}
