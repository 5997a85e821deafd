/** Since when the caller waits for the agent, and since when he speaks himself. Times on the call's clock. */
export class CallerWait {
  private stoppedMs: number | null = null;
  private seenMs: number | null = null;
  private openedMs: number | null = null;
  private saidNothing = true;
  private operatorUntilMs = Number.NEGATIVE_INFINITY;

  /** The line is open. True: for the first time. */
  lineOpened(nowMs: number): boolean {
    if (this.openedMs !== null) return false;
    this.openedMs = nowMs;
    return true;
  }

  /** The backend has just seen the caller begin. */
  callerStarted(nowMs: number): void {
    this.stoppedMs = null;
    this.seenMs = nowMs;
  }

  /** `atMs`: when the caller stopped, which is before it was noticed. */
  callerStopped(atMs: number): void {
    // Noticed only now, since the AI did not hear the caller while an operator spoke with him.
    this.stoppedMs = atMs < this.operatorUntilMs ? null : atMs;
    this.seenMs = null;
  }

  /** When the caller was seen to begin; `nowMs` where he was not. */
  speechSeenMs(nowMs: number): number {
    return this.seenMs ?? nowMs;
  }

  /** What the agent says next is no answer to what the caller said before, and no greeting. */
  forget(): void {
    this.stoppedMs = null;
    this.saidNothing = false;
  }

  /** An operator has answered the caller until now. */
  operatorLeft(nowMs: number): void {
    this.operatorUntilMs = nowMs;
    this.forget();
  }

  /** An utterance's first sound left. How long the caller had waited for it; null where there was nothing to wait for. */
  agentStarted(leftMs: number): { turnLatencyMs: number | null; sinceConnectedMs: number | null } {
    const turnLatencyMs = this.stoppedMs === null ? null : leftMs - this.stoppedMs;
    const sinceConnectedMs = this.saidNothing && this.openedMs !== null ? leftMs - this.openedMs : null;
    this.stoppedMs = null;
    // A caller who speaks already cannot be what interrupts this.
    this.seenMs = null;
    this.saidNothing = false;
    return { turnLatencyMs, sinceConnectedMs };
  }
}
