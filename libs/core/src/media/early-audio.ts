import type { AudioFrame } from '#libs/contracts';

/** Keeps the newest sound while there is nobody to give it to. Bounded by time: the oldest goes first. */
export class EarlyAudio {
  private frames: AudioFrame[] = [];
  private heldMs = 0;

  constructor(private readonly limitMs: number) {}

  /** Returns how many older frames had to go. */
  push(frame: AudioFrame): number {
    this.frames.push(frame);
    this.heldMs += frame.durationMs;
    let dropped = 0;
    while (this.heldMs > this.limitMs && this.frames.length > 1) {
      this.heldMs -= this.frames.shift()!.durationMs;
      dropped++;
    }
    return dropped;
  }

  take(): readonly AudioFrame[] {
    const frames = this.frames;
    this.frames = [];
    this.heldMs = 0;
    return frames;
  }
}
