import type { Cancel, EndReason, GatewayError } from '#libs/contracts';
import type { AgentVoice } from '../media/agent-voice.js';
import type { Awaited, LastWord } from '../media/last-word.js';
import type { AiEar } from './ai-ear.js';

export interface FarewellParts {
  readonly lastWord: LastWord;
  readonly voice: AgentVoice;
  readonly aiEar: AiEar;
  /** The caller is being handed to somebody else: whoever wants the call to end waits for how that goes. */
  readonly isHandingOn: () => boolean;
  readonly end: (reason: EndReason) => void;
  /** The AI broke down: what the caller gets in its place. Called again when more may be possible. */
  readonly fallBack: (reason: EndReason, error: GatewayError) => void;
}

/**
 * The call is to end: somebody wants it, or the AI has left for good. Its last words are heard first and nothing cuts them, and a
 * caller who talks to an operator is not cut off: then the call ends when the operator gives the line back. Nor is one who is being
 * handed on, whom an end would take away from who is about to answer: then the call ends if that fails.
 */
export class Farewell {
  private due: { readonly reason: EndReason; readonly error: GatewayError | null } | null = null;
  private next: Awaited['next'] = 'none';
  private cancelWait: Cancel | null = null;

  constructor(private readonly parts: FarewellParts) {}

  get isDue(): boolean {
    return this.due !== null;
  }

  /** With an error the caller gets something else, or the end. */
  aiLeft(reason: EndReason, error: GatewayError | null): void {
    if (error === null) this.endWith(reason);
    else if (this.due === null) {
      this.due = { reason, error };
      this.lineChanged();
    }
  }

  /**
   * The call ends with this when the last word was heard; `next` as in `Awaited`. The first that is asked for stands, but comes before
   * whatever a caller gets whose AI broke down.
   */
  endWith(reason: EndReason, next: Awaited['next'] = 'none'): void {
    if (this.due !== null && this.due.error === null) return;
    this.due = { reason, error: null };
    this.next = next;
    this.floorChanged();
  }

  /** An operator took the line or gave it back, the agent was silenced, or the caller was not handed on after all. */
  floorChanged(): void {
    this.close();
    if (this.due === null || this.parts.voice.floor === 'operator' || this.parts.isHandingOn()) return;
    const { reason, error } = this.due;
    if (error !== null) {
      this.parts.fallBack(reason, error);
      return;
    }
    // What the caller says meanwhile must not make the AI break off.
    this.parts.aiEar.cover(true);
    const awaited: Awaited = { next: this.next, shielded: true, last: true };
    this.next = 'none';
    this.cancelWait = this.parts.lastWord.whenHeard(awaited, () => {
      if (!this.parts.isHandingOn()) this.parts.end(reason);
    });
  }

  /** The leg is there, or its line is open. */
  lineChanged(): void {
    if (this.due?.error) this.floorChanged();
  }

  close(): void {
    this.cancelWait?.();
    this.cancelWait = null;
  }
}
