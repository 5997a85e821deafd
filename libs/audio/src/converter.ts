import { type AudioFormat, type AudioFrame, sameFormat } from '#libs/contracts';
import { convertedFrame } from './frame.js';
import { RateConverter } from './rate-converter.js';

/** Turns the frames of one track from one format into another. Keeps state: one converter for each track. */
export interface AudioConverter {
  readonly from: AudioFormat;
  readonly to: AudioFormat;
  /** By how much the sound itself comes later; 0 unless the rate changes. */
  readonly delayMs: number;
  /**
   * Track, times and being filler stay. Null when nothing comes out yet. The very same frame when the formats are equal.
   * Throws GatewayError AUDIO_ODD_LENGTH.
   */
  convert(frame: AudioFrame): AudioFrame | null;
}

/** Throws GatewayError AUDIO_RATE_UNSUPPORTED. */
export function createConverter(from: AudioFormat, to: AudioFormat): AudioConverter {
  if (sameFormat(from, to)) return new Unchanged(from, to);
  return from.sampleRate === to.sampleRate ? new Transcoder(from, to) : new RateConverter(from, to);
}

class Unchanged implements AudioConverter {
  readonly delayMs = 0;

  constructor(
    readonly from: AudioFormat,
    readonly to: AudioFormat,
  ) {}

  convert(frame: AudioFrame): AudioFrame {
    return frame;
  }
}

class Transcoder implements AudioConverter {
  readonly delayMs = 0;

  constructor(
    readonly from: AudioFormat,
    readonly to: AudioFormat,
  ) {}

  convert(frame: AudioFrame): AudioFrame | null {
    const samples = frame.samples;
    if (samples.length === 0) return null;
    return convertedFrame(frame, this.to, frame.durationMs, null, null, samples);
  }
}
