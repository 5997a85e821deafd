import type { Cancel, Clock } from './clock.js';
import type { EventSource, Unsubscribe } from './events.js';

/** A key's tone may still sound when its platform has told of the last key; and who was too slow, or types one too many, goes on typing. */
const AFTER_KEYS_MS = 2000;

/** Tells when a call's keys begin to be such that nobody shall keep them (`true`), and when no more of them are to be expected. */
export class SensitiveKeys {
  private cancelEnd: Cancel | null = null;
  private readonly unsubscribe: readonly Unsubscribe[];

  constructor(
    router: EventSource,
    private readonly clock: Clock,
    private readonly onChange: (typing: boolean) => void,
  ) {
    this.unsubscribe = [
      router.on('digits.collecting', ({ sensitive }) => {
        if (sensitive) this.begin();
      }),
      router.on('digits.collected', ({ sensitive }) => {
        if (sensitive) this.endSoon();
      }),
      // One that nobody shall keep, though the collection is over.
      router.on('caller.dtmf', ({ digit }) => {
        if (digit === '' && this.cancelEnd !== null) this.endSoon();
      }),
    ];
  }

  /** Nothing is told any more. */
  close(): void {
    this.cancelEnd?.();
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  private begin(): void {
    this.cancelEnd?.();
    this.cancelEnd = null;
    this.onChange(true);
  }

  private endSoon(): void {
    this.cancelEnd?.();
    this.cancelEnd = this.clock.after(AFTER_KEYS_MS, () => this.onChange(false));
  }
}
