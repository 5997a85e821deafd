import type { AudioFrame, AudioTap } from '#libs/contracts';

/** Frames that wait at most: of 20 ms each, 100 ms of both tracks. */
const MOST_FRAMES = 10;
/** The AI sends longer pieces, which are worth analysing each by itself. */
const MOST_MS = 200;

/**
 * Sound of both tracks of a call on its way to those who measure it. It waits until there is enough to be worth the while: between
 * two frames of one call come those of all the others, and code and state of the analysis have left the processor's caches by then.
 * What comes out is in the order in which it came, of both tracks, so that nothing of what is measured depends on the waiting.
 */
export class FrameBatch {
  private readonly frames: (AudioFrame | null)[] = new Array(MOST_FRAMES).fill(null);
  private readonly meters: (AudioTap | null)[] = new Array(MOST_FRAMES).fill(null);
  /** What meters threw that get no more frames. */
  private readonly failures = new Map<AudioTap, unknown>();
  private waiting = 0;
  private waitingMs = 0;

  /**
   * A tap that hands on to `meter` later. A cut waits for nothing. What the meter throws is thrown with the next frame, so that
   * whoever gives the frames takes this tap out, and no other.
   */
  before(meter: AudioTap): AudioTap {
    return {
      push: (frame) => this.add(meter, frame),
      cut: (atMs) => {
        this.flush();
        meter.cut?.(atMs);
      },
    };
  }

  /** To be called before anything is asked of the meters, or told to them by another way. */
  flush(): void {
    const { frames, meters, waiting } = this;
    this.waiting = 0;
    this.waitingMs = 0;
    for (let i = 0; i < waiting; i++) {
      const frame = frames[i]!;
      const meter = meters[i]!;
      frames[i] = null;
      meters[i] = null;
      if (this.failures.size > 0 && this.failures.has(meter)) continue;
      try {
        meter.push(frame);
      } catch (thrown) {
        this.failures.set(meter, thrown);
      }
    }
  }

  private add(meter: AudioTap, frame: AudioFrame): void {
    if (this.failures.size > 0 && this.failures.has(meter)) throw this.failures.get(meter);
    this.frames[this.waiting] = frame;
    this.meters[this.waiting] = meter;
    this.waiting++;
    this.waitingMs += frame.durationMs;
    if (this.waiting === MOST_FRAMES || this.waitingMs >= MOST_MS) this.flush();
  }
}
