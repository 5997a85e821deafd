import type { AudioFrame, AudioTap, EventSink } from '#libs/contracts';

/**
 * Notices a connected call that brings no caller sound any more. Platforms that hold the floor for the agent send nothing
 * meanwhile, so time counts only from the end of the agent's sound. Filler is no sound of the caller.
 */
export class StallWatch {
  private lastMs: number | null = null;
  private stalledSinceMs: number | null = null;

  readonly caller: AudioTap = {
    push: (frame: AudioFrame) => {
      if (!frame.isFiller) this.heard(frame.timestampMs);
    },
  };

  readonly agent: AudioTap = {
    push: (frame: AudioFrame) => {
      if (this.lastMs !== null) this.lastMs = Math.max(this.lastMs, frame.timestampMs + frame.durationMs);
    },
    cut: (atMs: number) => {
      if (this.lastMs !== null) this.lastMs = Math.min(this.lastMs, atMs);
    },
  };

  constructor(
    private readonly stalledAfterMs: number,
    private readonly events: EventSink,
  ) {}

  /** The caller can hear and be heard: from now on sound is expected. */
  begin(nowMs: number): void {
    this.lastMs = nowMs;
  }

  /** The leg is away: nothing is expected until `begin`. */
  pause(): void {
    this.lastMs = null;
    this.stalledSinceMs = null;
  }

  tick(nowMs: number): void {
    if (this.lastMs === null || this.stalledSinceMs !== null) return;
    const forMs = nowMs - this.lastMs;
    if (forMs < this.stalledAfterMs) return;
    this.stalledSinceMs = this.lastMs;
    this.events.publish('audio.stalled', { track: 'caller', forMs });
  }

  private heard(atMs: number): void {
    if (this.lastMs !== null) this.lastMs = Math.max(this.lastMs, atMs);
    if (this.stalledSinceMs === null) return;
    const afterMs = atMs - this.stalledSinceMs;
    this.stalledSinceMs = null;
    this.events.publish('audio.recovered', { track: 'caller', afterMs });
  }
}
