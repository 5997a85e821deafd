/** Whose voice a piece of sound is: the person on the phone, or the AI. */
export type Track = 'caller' | 'agent';

export const TRACKS: readonly Track[] = ['caller', 'agent'];

export type AudioEncoding = 'mulaw' | 'alaw' | 'pcm16';

/** Always mono. `mulaw` and `alaw` are G.711, one byte a sample; `pcm16` is signed 16-bit little-endian. */
export interface AudioFormat {
  readonly encoding: AudioEncoding;
  /** Samples a second: 8000, 16000, 24000 or 48000. */
  readonly sampleRate: number;
}

/**
 * A piece of sound, usually 20 ms. Immutable: keep it if you like, never write into it.
 *
 * `base64`, `bytes` and `samples` are three views of the same sound; each is made at most once, when first asked for.
 */
export interface AudioFrame {
  readonly track: Track;
  readonly format: AudioFormat;
  /** On the call's clock. Caller: when it arrived. Agent, as taps see it: when it will be heard. */
  readonly timestampMs: number;
  readonly durationMs: number;
  /**
   * When the sound was spoken by the sender's own clock, whose zero means nothing; null where the platform tells no such
   * time, as for sound of the AI.
   */
  readonly sentMs: number | null;
  /** Made by the gateway to fill the place of caller sound that did not come. */
  readonly isFiller: boolean;
  /** Standard alphabet, padded, in `format`. */
  readonly base64: string;
  /** In `format`. */
  readonly bytes: Uint8Array;
  /** Linear 16-bit samples at `format.sampleRate`, decoded if the format is G.711. */
  readonly samples: Int16Array;
}

export interface AudioSink {
  /** False: not taken, because the far side is full. Never waits, never throws. */
  push(frame: AudioFrame): boolean;
}

/** A spectator of one track. It must be quick: it runs inside the frame's own way through the gateway. */
export interface AudioTap {
  push(frame: AudioFrame): void;
  /** Sound pushed earlier with a time at or after `atMs` was never heard: the caller interrupted. */
  cut?(atMs: number): void;
}

/** Running totals of one track; plain numbers that the audio path adds to and anybody may read. */
export interface TrackStats {
  /** Frames that came in. */
  readonly frames: number;
  /** Frames that the far side took. */
  readonly delivered: number;
  readonly durationMs: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Why a frame did not get through; a closed list, since it is a metric's label. */
export type DropReason = 'early-overflow' | 'far-side-full' | 'interrupted' | 'muted' | 'not-connected';

export const DROP_REASONS: readonly DropReason[] = [
  'early-overflow',
  'far-side-full',
  'interrupted',
  'muted',
  'not-connected',
];

export function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.encoding === b.encoding && a.sampleRate === b.sampleRate;
}

/** For people and logs: `mulaw/8000`. */
export function formatName(format: AudioFormat): string {
  return `${format.encoding}/${format.sampleRate}`;
}
