import type { Clock, EventSink, Track } from '#libs/contracts';

/** Every n-th frame is timed; 50 frames are one second. */
const SAMPLE_EVERY = 50;

/** Tells once a second how long the gateway holds a frame of one track. */
export class LatencySampler {
  private frames = 0;

  constructor(
    private readonly track: Track,
    private readonly router: EventSink,
    private readonly clock: Clock,
  ) {}

  /** A frame that arrived at `arrivedMs` has been handed on. */
  frame(arrivedMs: number): void {
    if (++this.frames % SAMPLE_EVERY !== 0) return;
    this.router.publish('audio.sampled', {
      track: this.track,
      addedLatencyMs: this.clock.nowMs() - arrivedMs,
    });
  }
}
