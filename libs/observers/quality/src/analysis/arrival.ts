import type { Arrival, AudioFrame } from '#libs/contracts';
import { TransitFloor } from './arrival-floor.js';
import { Holes } from './arrival-holes.js';
import { PauseJudge } from './arrival-pauses.js';
import { Shortfall } from './arrival-shortfall.js';

export interface ArrivalMeterOptions {
  /** What a jitter buffer would wait: frames that come later than this after the fastest are late. */
  readonly lateMs: number;
}

/** Timestamps are uneven by a few milliseconds (Twilio's by four); half a frame is none of these. */
const UNEVEN_MS = 10;
/** A step of the sender's clock against ours that is no delay of a network: the sender counts anew. */
const LEAP_MS = 5000;
/** RFC 3550 section 6.4.1: the gain of the jitter's estimate. */
const JITTER_GAIN = 1 / 16;

/**
 * How the frames of one track come: when by our clock (`timestampMs`) against when they were spoken by the sender's
 * (`sentMs`). Where the platform tells no `sentMs`, the sender's time is the sum of what has come since the stretch began,
 * and fillers end a stretch: then sound was not sent on purpose. A frame can leave only when its last sample has been
 * spoken, so times are compared at the ends of frames. Nothing is allocated per frame.
 *
 * `take().jitterMs` is the running estimate of RFC 3550 section 6.4.1 as it stands; `total.jitterMs` is its mean over all
 * frames, since the last moment says nothing about a call.
 */
export class ArrivalMeter {
  private readonly floor = new TransitFloor();
  private readonly holes = new Holes();
  private readonly pauses = new PauseJudge();
  private readonly shortfall: Shortfall;
  /** The newest frame in the sender's order; null before a stretch has begun. */
  private newest: AudioFrame | null = null;
  private newestSentMs = 0;
  private newestEndMs = 0;
  private timed = false;
  private lastArrivalMs = 0;
  private lastTransitMs = 0;
  private frames = 0;
  private late = 0;
  private outOfOrder = 0;
  private jitterMs = 0;
  private jitterSumMs = 0;
  private readonly taken = { frames: 0, gaps: 0, gapMs: 0, late: 0, outOfOrder: 0 };

  constructor(private readonly options: ArrivalMeterOptions) {
    this.shortfall = new Shortfall(options.lateMs);
  }

  push(frame: AudioFrame): void {
    if (frame.isFiller) {
      // With times the next frame tells what is missing; without, this is the only sign of a pause.
      if (!this.timed) this.newest = null;
      return;
    }
    this.frames++;
    const { sentMs, durationMs, timestampMs } = frame;
    const spokenMs = sentMs ?? this.newestEndMs;
    const transitMs = timestampMs - (spokenMs + durationMs);
    if (this.newest === null || this.leaps(spokenMs, timestampMs)) {
      this.begin(transitMs, timestampMs);
      this.isNewest(frame, spokenMs);
    } else {
      this.jitterMs += (Math.abs(transitMs - this.lastTransitMs) - this.jitterMs) * JITTER_GAIN;
      if (spokenMs < this.newestSentMs) {
        this.outOfOrder++;
        this.holes.fill(spokenMs + durationMs / 2, durationMs);
      } else {
        this.lookForHole(spokenMs, frame, this.newest);
        this.isNewest(frame, spokenMs);
      }
      if (sentMs === null) this.judgeUntimed(transitMs, frame);
      else if (this.floor.excessMs(transitMs, timestampMs, false) > this.options.lateMs) this.late++;
    }
    this.timed = sentMs !== null;
    this.lastTransitMs = transitMs;
    this.lastArrivalMs = timestampMs;
    this.jitterSumMs += this.jitterMs;
  }

  /** The leg was away: what was not sent meanwhile was not lost, and the next frame begins anew. */
  breakOff(): void {
    this.newest = null;
  }

  /** Since the last take. */
  take(): Arrival {
    const { frames, late, outOfOrder, taken } = this;
    const { count: gaps, totalMs: gapMs } = this.holes;
    // A frame that was counted missing may have come since: what was told is made up for by telling less now.
    const arrival: Arrival = {
      frames: frames - taken.frames,
      jitterMs: this.jitterMs,
      gaps: Math.max(0, gaps - taken.gaps),
      gapMs: Math.max(0, gapMs - taken.gapMs),
      late: late - taken.late,
      outOfOrder: outOfOrder - taken.outOfOrder,
    };
    taken.frames = frames;
    taken.gaps = Math.max(taken.gaps, gaps);
    taken.gapMs = Math.max(taken.gapMs, gapMs);
    taken.late = late;
    taken.outOfOrder = outOfOrder;
    return arrival;
  }

  /** Of everything so far. */
  get total(): Arrival {
    const { frames, late, outOfOrder } = this;
    const jitterMs = frames === 0 ? 0 : this.jitterSumMs / frames;
    return { frames, jitterMs, gaps: this.holes.count, gapMs: this.holes.totalMs, late, outOfOrder };
  }

  private begin(transitMs: number, nowMs: number): void {
    this.floor.begin(transitMs, nowMs);
    this.holes.forget();
    this.shortfall.begin();
  }

  private isNewest(frame: AudioFrame, spokenMs: number): void {
    this.newest = frame;
    this.newestSentMs = spokenMs;
    this.newestEndMs = spokenMs + frame.durationMs;
  }

  private leaps(spokenMs: number, nowMs: number): boolean {
    const missingMs = spokenMs - this.newestEndMs;
    return missingMs < -LEAP_MS || missingMs - (nowMs - this.lastArrivalMs) > LEAP_MS;
  }

  private lookForHole(spokenMs: number, frame: AudioFrame, before: AudioFrame): void {
    const missingMs = spokenMs - this.newestEndMs;
    if (missingMs < UNEVEN_MS) {
      if (frame.sentMs !== null) this.pauses.follows(frame);
      return;
    }
    // What is lost are whole frames; the rest is unevenness of the timestamps.
    const { durationMs } = frame;
    const lostMs = Math.max(1, Math.round(missingMs / durationMs)) * durationMs;
    if (!this.pauses.isPause(lostMs, before)) this.holes.add(this.newestEndMs, lostMs);
  }

  private judgeUntimed(transitMs: number, { timestampMs, durationMs }: AudioFrame): void {
    const excessMs = this.floor.excessMs(transitMs, timestampMs, true);
    const lostMs = this.shortfall.push(excessMs, durationMs);
    this.late += this.shortfall.takeLate();
    if (lostMs === 0) return;
    this.floor.raise(lostMs);
    this.holes.add(this.newestEndMs, lostMs);
  }
}
