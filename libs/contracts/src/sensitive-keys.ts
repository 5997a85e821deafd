import type { Cancel, Clock } from './clock.js';
import type { EventSource, Unsubscribe } from './events.js';

/** A key's tone may still sound when its platform has told of the last key; and who was too slow, or types one too many, goes on typing. */
const AFTER_KEYS_MS = 2000;

/** So long after a key a collection may still take it: the pause that ends a row of keys, and what timers are late. */
const UNSETTLED_MS = 2000;

/** Who types for longer without a pause types what nobody shall keep. */
const MOST_UNSETTLED_MS = 20_000;

/**
 * Tells when a call's keys begin to be such that nobody shall keep them (`typing`), and when no more of them are to be expected.
 * `sinceMs`, on the gateway's clock: from when on; before now where a collection took keys that had been pressed already.
 */
export class SensitiveKeys {
  private cancelEnd: Cancel | null = null;
  private collecting = false;
  private firstMs = Number.NEGATIVE_INFINITY;
  private lastMs = Number.NEGATIVE_INFINITY;
  private readonly unsubscribe: readonly Unsubscribe[];

  constructor(
    router: EventSource,
    private readonly clock: Clock,
    private readonly onChange: (typing: boolean, sinceMs: number) => void,
  ) {
    this.unsubscribe = [
      router.on('digits.collecting', ({ sensitive }) => {
        if (sensitive) this.begin();
        // What it does not take may be taken by the next.
        else if (this.unsettledSinceMs !== null) this.lastMs = clock.nowMs();
      }),
      router.on('digits.collected', ({ sensitive }) => {
        if (sensitive) this.endSoon();
      }),
      router.on('caller.dtmf', ({ digit }) => {
        if (digit === '') this.withheld();
      }),
    ];
  }

  /** When the first of those keys was pressed of which a collection has yet to show whether somebody may keep them; null: there are none. */
  get unsettledSinceMs(): number | null {
    return this.clock.nowMs() - this.lastMs < UNSETTLED_MS ? this.firstMs : null;
  }

  /** Nothing is told any more. */
  close(): void {
    this.cancelEnd?.();
    for (const unsubscribe of this.unsubscribe) unsubscribe();
  }

  /** A key of which nobody was told which. */
  private withheld(): void {
    if (this.collecting) return;
    // One that nobody shall keep, though the collection is over.
    if (this.cancelEnd !== null) this.endSoon();
    else this.unsettled(this.clock.nowMs());
  }

  private unsettled(nowMs: number): void {
    this.firstMs = this.unsettledSinceMs ?? nowMs;
    this.lastMs = nowMs;
    if (nowMs - this.firstMs < MOST_UNSETTLED_MS) return;
    this.begin();
    this.endSoon();
  }

  private begin(): void {
    const sinceMs = this.unsettledSinceMs ?? this.clock.nowMs();
    this.lastMs = Number.NEGATIVE_INFINITY;
    this.cancelEnd?.();
    this.cancelEnd = null;
    this.collecting = true;
    this.onChange(true, sinceMs);
  }

  private endSoon(): void {
    this.collecting = false;
    this.cancelEnd?.();
    this.cancelEnd = this.clock.after(AFTER_KEYS_MS, () => {
      this.cancelEnd = null;
      this.onChange(false, this.clock.nowMs());
    });
  }
}
