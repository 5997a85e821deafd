import type { Cancel, Clock, EventSink } from '#libs/contracts';
import type { PlaybackLedger } from './playback-ledger.js';

/** An utterance whose first sound was sent and is not known to be heard. */
interface Waiting {
  readonly itemId: string;
  /** Where on the ledger's line it begins. */
  readonly placeMs: number;
  /** When it will be heard, by the clock. */
  readonly expectedMs: number;
}

export interface FirstSoundsOptions {
  readonly router: EventSink;
  readonly clock: Clock;
  readonly ledger: PlaybackLedger;
  readonly hasMarks: boolean;
}

/**
 * Tells when the caller heard the first sound of each utterance. Where the platform echoes marks, the first mark behind the
 * sound tells: what was sent before it has been played without a pause. Elsewhere, and where an interruption comes before the
 * mark, the ledger's clock does.
 */
export class FirstSounds {
  private waiting: readonly Waiting[] = [];
  private cancelTimer: Cancel | null = null;

  constructor(private readonly options: FirstSoundsOptions) {}

  /** The first sound of `itemId` was sent at this place of the line. */
  sent(itemId: string, placeMs: number, expectedMs: number): void {
    this.waiting = [...this.waiting, { itemId, placeMs, expectedMs }];
    if (!this.options.hasMarks) this.tellByClock();
  }

  /** The ledger has a new certain point. */
  certain(): void {
    const { ledger } = this.options;
    this.take(
      ({ placeMs }) => ledger.isCertain(placeMs),
      ({ itemId, placeMs }) => this.tell(itemId, ledger.instantOf(placeMs), 'mark'),
    );
  }

  /** The line is about to be silenced: what was begun by now was heard, what was not never will be. */
  silenced(nowMs: number): void {
    const { ledger } = this.options;
    this.take(
      ({ placeMs }) => ledger.isReached(placeMs, nowMs),
      ({ itemId, expectedMs }) => this.tell(itemId, expectedMs, 'clock'),
    );
    this.close();
  }

  close(): void {
    this.waiting = [];
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private tellByClock(): void {
    const { clock } = this.options;
    this.cancelTimer?.();
    this.cancelTimer = null;
    const nowMs = clock.nowMs();
    this.take(
      ({ expectedMs }) => expectedMs <= nowMs,
      ({ itemId, expectedMs }) => this.tell(itemId, expectedMs, 'clock'),
    );
    const next = this.waiting[0];
    if (next !== undefined) this.cancelTimer = clock.after(next.expectedMs - nowMs, () => this.tellByClock());
  }

  private tell(itemId: string, heardAtMs: number, by: 'mark' | 'clock'): void {
    this.options.router.publish('agent.audio.heard', { itemId, heardAtMs, by });
  }

  /** In order, from the oldest on. */
  private take(isHeard: (waiting: Waiting) => boolean, tell: (heard: Waiting) => void): void {
    for (let next = this.waiting[0]; next !== undefined && isHeard(next); next = this.waiting[0]) {
      this.waiting = this.waiting.slice(1);
      tell(next);
    }
  }
}
