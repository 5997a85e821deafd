import type { Cancel, Clock } from '#libs/contracts';

const REPEAT_MS = 2000;

/** Why the agent has nothing to say for the moment. */
export type Absence = 'connecting' | 'ai-lost' | 'tool-running';

/**
 * Keeps the line alive while the agent cannot speak: after a moment, and then again and again, it asks for a short tone, until
 * every reason to do so is gone.
 */
export class LineFiller {
  private readonly absences = new Set<Absence>();
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly afterMs: number,
    private readonly play: () => void,
  ) {}

  start(absence: Absence): void {
    this.absences.add(absence);
    this.cancelTimer ??= this.clock.after(this.afterMs, () => this.repeat());
  }

  stop(absence: Absence): void {
    this.absences.delete(absence);
    if (this.absences.size === 0) this.close();
  }

  close(): void {
    this.absences.clear();
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private repeat(): void {
    this.cancelTimer = this.clock.after(REPEAT_MS, () => this.repeat());
    this.play();
  }
}
