import type { CallObserver, CallView, Cancel, Clock, Log } from '#libs/contracts';

/** The observers of one call: let in when it is offered, waited for (not too long) when it ends. */
export class ObserversOfCall {
  private readonly closers: (() => void | Promise<void>)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  admit(observers: readonly CallObserver[], call: CallView): void {
    for (const observer of observers) {
      try {
        const closer = observer.onCall(call);
        if (closer) this.closers.push(closer);
      } catch (thrown) {
        this.log.error(
          { observer: observer.name, err: thrown, code: 'OBSERVER_FAILED' },
          'An observer threw and misses this call.',
        );
      }
    }
  }

  /** Resolves when all have finished, or after `withinMs`. Never rejects. */
  async close(withinMs: number): Promise<void> {
    const settled = Promise.allSettled(this.closers.map(async (close) => close()));
    let cancelTimer: Cancel = () => undefined;
    const late = new Promise<'late'>((resolve) => {
      cancelTimer = this.clock.after(withinMs, () => resolve('late'));
    });
    const outcome = await Promise.race([settled, late]);
    cancelTimer();
    if (outcome === 'late') {
      this.log.error(
        { code: 'OBSERVER_LATE' },
        'An observer did not finish in time; the call is closed without it.',
      );
      return;
    }
    for (const result of outcome) {
      if (result.status === 'rejected') {
        this.log.error(
          { err: result.reason, code: 'OBSERVER_FAILED' },
          'An observer failed while it finished.',
        );
      }
    }
  }
}
