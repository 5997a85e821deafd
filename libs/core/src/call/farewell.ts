import type { Cancel, Clock, EndReason, GatewayError } from '#libs/contracts';
import type { AgentVoice } from '../media/agent-voice.js';

/** Longest wait for the end of what was said last. */
const LAST_WORDS_MS = 30_000;

/**
 * The AI has left for good. The call ends with it, but its last words are heard first, and a caller who talks to an operator
 * is not cut off: then the call ends when the operator gives the line back.
 */
export class Farewell {
  private due: { readonly reason: EndReason; readonly error: GatewayError | null } | null = null;
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly voice: AgentVoice,
    private readonly end: (reason: EndReason, error: GatewayError | null) => void,
  ) {}

  /** The AI is gone. */
  get isDue(): boolean {
    return this.due !== null;
  }

  /** With an error there is nothing to wait for but an operator. */
  aiLeft(reason: EndReason, error: GatewayError | null): void {
    if (this.due !== null) return;
    this.due = { reason, error };
    if (error !== null && this.voice.floor !== 'operator') this.go();
    else this.floorChanged();
  }

  floorChanged(): void {
    this.close();
    if (this.due === null || this.voice.floor === 'operator') return;
    if (!this.voice.isPlaying) this.go();
    else this.cancelTimer = this.clock.after(LAST_WORDS_MS, () => this.go());
  }

  /** Everything sent was heard. True: that was what the call waited for, and it has ended. */
  playedOut(): boolean {
    if (this.due === null || this.voice.floor === 'operator') return false;
    this.go();
    return true;
  }

  close(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private go(): void {
    if (this.due !== null) this.end(this.due.reason, this.due.error);
  }
}
