import type { TurnFigures } from '#libs/contracts';

/** A turn of the caller that was handed to the model, and what is known of its answer. Times on the call's clock. */
interface Turn {
  /** Null where the backend does not tell when callers speak. */
  readonly stoppedMs: number | null;
  readonly committedMs: number;
  itemId: string | null;
  arrivedMs: number | null;
  leftMs: number | null;
}

function between(fromMs: number | null, untilMs: number | null): number | null {
  return fromMs === null || untilMs === null ? null : untilMs - fromMs;
}

/** Puts the times of one turn after the other together. A turn is told when its answer was heard, or cannot be any more. */
export class TurnMeter {
  private stoppedMs: number | null = null;
  private speaks = false;
  private turn: Turn | null = null;
  private agentIsOut = false;
  /** When the agent last got the floor back. */
  private backMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly tell: (figures: TurnFigures, answered: boolean) => void) {}

  callerBegan(): void {
    this.speaks = true;
    this.stoppedMs = null;
    // Of an answer that has left it may still be told that it was heard.
    if (this.turn?.leftMs === null) this.finish(null);
  }

  callerStopped(atMs: number): void {
    this.stoppedMs = atMs;
  }

  /**
   * False: it was no turn. A backend that asks a silent caller whether anybody is there closes a turn without speech; and while
   * an operator keeps the agent from being heard, none is the agent's.
   */
  committed(atMs: number): boolean {
    const { stoppedMs } = this;
    if (this.agentIsOut || (this.speaks && stoppedMs === null)) return false;
    this.finish(null);
    this.turn = {
      // A caller who stopped before that has waited for the operator too, and nobody can tell for how long.
      stoppedMs: stoppedMs !== null && stoppedMs >= this.backMs ? stoppedMs : null,
      committedMs: atMs,
      itemId: null,
      arrivedMs: null,
      leftMs: null,
    };
    this.stoppedMs = null;
    return true;
  }

  arrived(itemId: string, atMs: number): void {
    if (this.turn === null || this.turn.itemId !== null) return;
    this.turn.itemId = itemId;
    this.turn.arrivedMs = atMs;
  }

  left(itemId: string, atMs: number): void {
    if (this.turn?.itemId === itemId) this.turn.leftMs = atMs;
  }

  heard(itemId: string, atMs: number): void {
    if (this.turn?.itemId === itemId) this.finish(atMs);
  }

  /** What was being said was cut off: nobody will hear the beginning of it any more. */
  cutOff(): void {
    if (this.turn !== null && this.turn.itemId !== null) this.finish(null);
  }

  /** An operator keeps the agent from being heard. True: it will not answer a turn that it owed an answer to. */
  agentLeft(): boolean {
    this.agentIsOut = true;
    // Of an answer that has left it is known how long it took.
    if (this.turn !== null && this.turn.leftMs !== null) this.finish(null);
    const wasOwed = this.turn !== null;
    this.turn = null;
    return wasOwed;
  }

  agentCame(atMs: number): void {
    this.agentIsOut = false;
    this.backMs = atMs;
  }

  close(): void {
    this.finish(null);
  }

  private finish(heardAtMs: number | null): void {
    const { turn } = this;
    if (turn === null) return;
    this.turn = null;
    const { stoppedMs, committedMs, arrivedMs, leftMs } = turn;
    const figures = {
      turnLatencyMs: between(stoppedMs, leftMs),
      heardLatencyMs: between(stoppedMs, heardAtMs),
      endOfTurnMs: between(stoppedMs, committedMs),
      modelMs: between(committedMs, arrivedMs),
      gatewayMs: between(arrivedMs, leftMs),
    };
    this.tell(figures, heardAtMs !== null);
  }
}
