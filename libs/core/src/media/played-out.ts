import type { Cancel, Clock } from '#libs/contracts';
import { CLOCK_SLACK_MS, type PlaybackLedger } from './playback-ledger.js';

/** Tells once, after each finished utterance, that everything sent was heard: as soon as the ledger says so. */
export class PlayedOut {
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly ledger: PlaybackLedger,
    /** It should have been heard by now: settle what the ledger knows. */
    private readonly onDue: () => void,
    private readonly onPlayedOut: () => void,
  ) {}

  /** One timer, set anew by each finished item, for the moment when everything sent should have been heard. */
  await(): void {
    this.close();
    const waitMs = this.ledger.remainingMs(this.clock.nowMs()) + CLOCK_SLACK_MS;
    this.cancelTimer = this.clock.after(waitMs, () => {
      if (this.ledger.remainingMs(this.clock.nowMs()) > 0) this.await();
      else this.onDue();
    });
  }

  /** The ledger may know more now. */
  look(nowMs: number): void {
    if (this.cancelTimer === null || this.ledger.remainingMs(nowMs) > 0) return;
    this.close();
    this.onPlayedOut();
  }

  close(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }
}
