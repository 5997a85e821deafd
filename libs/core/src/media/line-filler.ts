import type { Cancel, Clock } from '#libs/contracts';

const REPEAT_MS = 2000;

/** Keeps the line alive while the AI is away: after a moment of silence, and then again and again, it asks for a short tone. */
export class LineFiller {
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly afterMs: number,
    private readonly play: () => void,
  ) {}

  start(): void {
    if (this.cancelTimer !== null) return;
    this.cancelTimer = this.clock.after(this.afterMs, () => this.repeat());
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private repeat(): void {
    this.cancelTimer = this.clock.after(REPEAT_MS, () => this.repeat());
    this.play();
  }
}
