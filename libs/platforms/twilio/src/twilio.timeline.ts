import { fillerFrame, frameAt, silence } from '#libs/audio';
import {
  type AudioFormat,
  type AudioFrame,
  type Cancel,
  type Clock,
  everyUnlessHeldUp,
} from '#libs/contracts';

export interface TimelineLimits {
  /** So long may the caller's sound be missing until silence takes its place. */
  readonly gapFillAfterMs: number;
  /** The most that is filled in one go. */
  readonly maxGapMs: number;
}

/** Twilio's timestamps are not exact multiples of 20 ms; smaller steps than this are jitter and no gap. */
const JITTER_MS = 10;
/** A frame covers the time before it arrives: the newest 20 ms may still be on their way. */
const FRAME_MS = 20;
const CHUNK_MS = 100;

/**
 * Keeps the caller's sound continuous. On some lines Twilio sends nothing at all while the caller is silent, and a voice
 * detection that never sees the silence never ends the turn. While sound is missing, silence flows in real time; when
 * sound comes back, its timestamp tells what is still missing, so that no stretch is filled twice.
 */
export class CallerTimeline {
  private readonly chunk: AudioFrame;
  /** Where the next frame's timestamp ought to be; null until the first. */
  private expectedMs: number | null = null;
  /** Silence put in behind the newest frame. */
  private sinceLastMs = 0;
  private lastArrivalMs: number;
  /** A call cannot hold more silence than it has lasted: lying timestamps make no flood of it. */
  private readonly begunMs: number;
  private filledMs = 0;
  private cancel: Cancel | null = null;

  constructor(
    private readonly format: AudioFormat,
    private readonly clock: Clock,
    private readonly limits: TimelineLimits,
    private readonly deliver: (frame: AudioFrame) => void,
  ) {
    this.chunk = fillerFrame(format, 0, silence(format, CHUNK_MS));
    this.begunMs = clock.nowMs();
    this.lastArrivalMs = this.begunMs;
  }

  /** From now on silence takes the place of sound that does not come. */
  run(): void {
    this.cancel ??= everyUnlessHeldUp(this.clock, CHUNK_MS, () => this.fillMissing());
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  /** To be called before a frame is delivered: puts what is missing before it. Null: the frame follows the last one. */
  arrived(timestampMs: number | null, durationMs: number): void {
    this.lastArrivalMs = this.clock.nowMs();
    if (timestampMs !== null && this.isOvertaken(timestampMs + durationMs)) return;
    if (timestampMs === null) {
      if (this.expectedMs !== null) this.expectedMs += durationMs;
    } else {
      const missingMs = timestampMs - (this.expectedMs ?? timestampMs) - this.sinceLastMs;
      if (missingMs >= JITTER_MS) this.fill(missingMs);
      this.expectedMs = timestampMs + durationMs;
    }
    this.sinceLastMs = 0;
  }

  /**
   * Newer sound was here before it, and its place is filled: what comes next still follows the newest. A step back beyond
   * what is ever filled is none of these but a sender that counts anew.
   */
  private isOvertaken(endMs: number): boolean {
    const { expectedMs } = this;
    return expectedMs !== null && endMs <= expectedMs && endMs >= expectedMs - this.limits.maxGapMs;
  }

  private fillMissing(): void {
    const quietMs = this.clock.nowMs() - this.lastArrivalMs;
    if (quietMs < this.limits.gapFillAfterMs) return;
    const missingMs = Math.floor(quietMs - FRAME_MS - this.sinceLastMs);
    // Nothing is missing yet where an overtaken frame came while silence stood in for newer ones.
    if (missingMs <= 0) return;
    this.fill(missingMs);
    this.sinceLastMs += missingMs;
  }

  private fill(wantedMs: number): void {
    const nowMs = this.clock.nowMs();
    const budgetMs = nowMs - this.begunMs + this.limits.maxGapMs - this.filledMs;
    let restMs = Math.floor(Math.min(wantedMs, this.limits.maxGapMs, budgetMs));
    this.filledMs += Math.max(0, restMs);
    for (; restMs >= CHUNK_MS; restMs -= CHUNK_MS) this.deliver(frameAt(this.chunk, nowMs));
    if (restMs > 0) this.deliver(fillerFrame(this.format, nowMs, silence(this.format, restMs)));
  }
}
