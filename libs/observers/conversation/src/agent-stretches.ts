import type { AudioFrame, AudioTap } from '#libs/contracts';

const KEPT = 64;
/** A shorter pause between two pieces is an uncertainty of the times, or drowns in the platform's buffer. */
const JOINED_MS = 20;

/** When the caller hears the agent: the newest stretches of unbroken sound. Allocates nothing per frame. */
export class AgentStretches implements AudioTap {
  private readonly startsMs = new Float64Array(KEPT);
  private readonly endsMs = new Float64Array(KEPT);
  private count = 0;
  /** Somebody else speaks on the agent's track. */
  isAway = false;

  push(frame: AudioFrame): void {
    if (this.isAway) return;
    const fromMs = frame.timestampMs;
    const untilMs = fromMs + frame.durationMs;
    const last = (this.count - 1) % KEPT;
    if (this.count > 0 && fromMs - this.endsMs[last]! < JOINED_MS) {
      this.endsMs[last] = Math.max(this.endsMs[last]!, untilMs);
      return;
    }
    const at = this.count++ % KEPT;
    this.startsMs[at] = fromMs;
    this.endsMs[at] = untilMs;
  }

  /** What was to be heard at `atMs` and later never was. */
  cut(atMs: number): void {
    for (let i = this.oldest; i < this.count; i++) {
      const at = i % KEPT;
      this.startsMs[at] = Math.min(this.startsMs[at]!, atMs);
      this.endsMs[at] = Math.min(this.endsMs[at]!, atMs);
    }
  }

  /** When the sound that is known so far ends; null before there was any. */
  get untilMs(): number | null {
    return this.count === 0 ? null : this.endsMs[(this.count - 1) % KEPT]!;
  }

  /** How much of this time the agent was heard. */
  overlapMs(fromMs: number, untilMs: number): number {
    let sumMs = 0;
    for (let i = this.oldest; i < this.count; i++) {
      const at = i % KEPT;
      const commonMs = Math.min(untilMs, this.endsMs[at]!) - Math.max(fromMs, this.startsMs[at]!);
      if (commonMs > 0) sumMs += commonMs;
    }
    return sumMs;
  }

  private get oldest(): number {
    return Math.max(0, this.count - KEPT);
  }
}
