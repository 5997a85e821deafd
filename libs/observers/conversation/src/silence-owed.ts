/** A response that begins later than this after both sides were there is no greeting: the agent thought of something to say. */
const GREETING_MS = 5000;

/** Nobody waits longer for one answer: what has not come by then was not owed (a cough that was taken for a turn). */
const MOST_MS = 30_000;

/**
 * Adds up how long the caller waited in silence while the agent owed speech: for the greeting, for an answer, for what follows
 * a function, and in holes inside an answer. Times on the call's clock, in milliseconds.
 */
export class SilenceOwed {
  private sumMs = 0;
  private sinceMs: number | null = null;
  /** The caller spoke, or was away, while something was owed: it is owed again afterwards. */
  private stillDue = false;
  private openedMs: number | null = null;
  private connectedMs: number | null = null;
  private begun = false;
  private agentIsOut = false;
  /** When the agent last got the floor back. */
  private backMs = Number.NEGATIVE_INFINITY;

  /** What was added up so far, and what is owed at this moment. */
  totalMs(nowMs: number): number {
    const waitMs = this.sinceMs === null ? 0 : Math.max(0, nowMs - this.sinceMs);
    return this.sumMs + Math.min(MOST_MS, waitMs);
  }

  lineOpened(atMs: number): void {
    this.openedMs = atMs;
  }

  /** Both sides are there: a greeting may come. */
  connected(atMs: number): void {
    this.connectedMs = atMs;
  }

  /** The model begins to speak. Right at the beginning that is a greeting, and was owed since the line was open. */
  answering(atMs: number): void {
    const greets = this.connectedMs !== null && atMs - this.connectedMs < GREETING_MS;
    if (!this.begun && greets && this.openedMs !== null) this.owe(this.openedMs);
    this.begun = true;
  }

  /** The model has finished and there is nothing to say: nothing was owed. */
  nothingToSay(): void {
    this.sinceMs = null;
    this.stillDue = false;
  }

  /** From `atMs` on the agent owes speech, unless it did before. */
  owe(atMs: number): void {
    if (!this.agentIsOut) this.sinceMs ??= Math.max(atMs, this.backMs);
  }

  /** An operator keeps the agent from being heard: from now on it owes nothing, nor what it owed before. */
  agentLeft(atMs: number): void {
    this.begun = true;
    this.pay(atMs);
    this.stillDue = false;
    this.agentIsOut = true;
  }

  /** The operator lets it be heard again. */
  agentCame(atMs: number): void {
    this.agentIsOut = false;
    this.backMs = atMs;
  }

  callerBegan(atMs: number): void {
    this.begun = true;
    this.pause(atMs);
  }

  callerStopped(atMs: number): void {
    this.goOn(atMs);
  }

  /** The agent is heard. */
  heard(atMs: number): void {
    this.pay(atMs);
    this.stillDue = false;
  }

  hole(durationMs: number): void {
    if (!this.agentIsOut) this.sumMs += durationMs;
  }

  /** Nobody is there to wait. `unheard`: the agent was cut off by that, so that its words are owed. */
  away(atMs: number, unheard: boolean): void {
    this.pause(atMs);
    this.stillDue ||= unheard && !this.agentIsOut;
  }

  back(atMs: number): void {
    this.goOn(atMs);
  }

  private pause(atMs: number): void {
    this.stillDue ||= this.sinceMs !== null;
    this.pay(atMs);
  }

  private goOn(atMs: number): void {
    if (this.stillDue) this.owe(atMs);
    this.stillDue = false;
  }

  private pay(atMs: number): void {
    this.sumMs = this.totalMs(atMs);
    this.sinceMs = null;
  }
}
