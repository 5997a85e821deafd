import { type AudioConverter, createConverter } from '#libs/audio';
import {
  type AudioFormat,
  type AudioFrame,
  type AudioSink,
  type AudioTap,
  type DropReason,
  sameFormat,
  type TrackSource,
  type TrackStats,
  type Unsubscribe,
} from '#libs/contracts';
import { EarlyAudio } from './early-audio.js';

export interface AudioPathOptions {
  /** How much sound is kept while no sink is connected; 0 keeps none. */
  readonly holdMs: number;
  /** A tap threw; it has been taken out. */
  readonly onTapFailure: (thrown: unknown) => void;
}

type DropCounts = { -readonly [reason in DropReason]: number };

/**
 * The way of one track through the gateway: taps in order, one conversion if the formats differ, the sink. Wired once per
 * connection, then plain synchronous calls.
 */
export class AudioPath implements AudioSink, TrackSource {
  private taps: readonly AudioTap[] = [];
  private sink: AudioSink | null = null;
  private converter: AudioConverter | null = null;
  private frames = 0;
  private delivered = 0;
  private durationMs = 0;
  private readonly dropped: DropCounts = {
    'early-overflow': 0,
    'far-side-full': 0,
    interrupted: 0,
    muted: 0,
    'not-connected': 0,
  };
  private readonly early: EarlyAudio | null;

  constructor(private readonly options: AudioPathOptions) {
    this.early = options.holdMs > 0 ? new EarlyAudio(options.holdMs) : null;
  }

  /** Sound that was held back is delivered at once. Connecting again replaces the sink. */
  connect(sink: AudioSink, from: AudioFormat, to: AudioFormat): void {
    this.converter = sameFormat(from, to) ? null : createConverter(from, to);
    this.sink = sink;
    if (this.early !== null) for (const frame of this.early.take()) this.deliver(frame, sink);
  }

  /** From now on sound is held (or dropped, where nothing is held). */
  disconnect(): void {
    this.sink = null;
  }

  /** By how much sound comes later at the sink, because its rate is changed on the way. */
  get delayMs(): number {
    return this.converter?.delayMs ?? 0;
  }

  push(frame: AudioFrame): boolean {
    this.frames++;
    this.durationMs += frame.durationMs;
    const taps = this.taps;
    for (let i = 0; i < taps.length; i++) {
      try {
        taps[i]!.push(frame);
      } catch (thrown) {
        this.removeFailed(taps[i]!, thrown);
      }
    }
    const sink = this.sink;
    if (sink !== null) return this.deliver(frame, sink);
    if (this.early !== null) {
      this.dropped['early-overflow'] += this.early.push(frame);
      return true;
    }
    this.dropped['not-connected']++;
    return false;
  }

  /** Counts a frame that was not let in. */
  drop(reason: DropReason): void {
    this.dropped[reason]++;
  }

  /** Sound that taps were given for `atMs` and later was never heard. */
  cut(atMs: number): void {
    for (const tap of this.taps) {
      try {
        tap.cut?.(atMs);
      } catch (thrown) {
        this.removeFailed(tap, thrown);
      }
    }
  }

  tap(tap: AudioTap): Unsubscribe {
    this.taps = [...this.taps, tap];
    return () => {
      this.taps = this.taps.filter((other) => other !== tap);
    };
  }

  get stats(): TrackStats {
    return {
      frames: this.frames,
      delivered: this.delivered,
      durationMs: this.durationMs,
      dropped: this.dropped,
    };
  }

  private deliver(frame: AudioFrame, sink: AudioSink): boolean {
    const converted = this.converter === null ? frame : this.converter.convert(frame);
    if (converted === null) return true;
    if (sink.push(converted)) {
      this.delivered++;
      return true;
    }
    this.dropped['far-side-full']++;
    return false;
  }

  private removeFailed(tap: AudioTap, thrown: unknown): void {
    this.taps = this.taps.filter((other) => other !== tap);
    this.options.onTapFailure(thrown);
  }
}
