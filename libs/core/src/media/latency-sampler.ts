import type { Clock, EventSink, Track } from '#libs/contracts';

const INTERVAL_MS = 1000;

/** Tells once a second how long the gateway held a frame of one track. */
export class LatencySampler {
  private nextMs = 0;

  constructor(
    private readonly track: Track,
    private readonly router: EventSink,
    private readonly clock: Clock,
  ) {}

  /** A frame that arrived at `arrivedMs` has been handed on. */
  frame(arrivedMs: number): void {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.nextMs) return;
    this.nextMs = nowMs + INTERVAL_MS;
    this.router.publish('audio.sampled', { track: this.track, addedLatencyMs: nowMs - arrivedMs });
  }
}
