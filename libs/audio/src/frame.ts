import type { AudioFormat, AudioFrame, Track } from '#libs/contracts';
import { base64ByteLength } from './base64.js';
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from './g711.js';
import { bytesFromSamples, bytesPerSample, samplesFromBytes } from './pcm.js';

class Frame implements AudioFrame {
  constructor(
    readonly track: Track,
    readonly format: AudioFormat,
    readonly timestampMs: number,
    readonly durationMs: number,
    private text: string | null,
    private octets: Uint8Array | null,
    private linear: Int16Array | null,
    readonly sentMs: number | null = null,
    readonly isFiller: boolean = false,
  ) {}

  get base64(): string {
    if (this.text === null) {
      const bytes = this.bytes;
      this.text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    }
    return this.text;
  }

  /** The base64 view, or null when nobody has asked for it yet. */
  get madeBase64(): string | null {
    return this.text;
  }

  get bytes(): Uint8Array {
    if (this.octets === null) {
      this.octets = this.text !== null ? Buffer.from(this.text, 'base64') : this.encode(this.linear!);
    }
    return this.octets;
  }

  get samples(): Int16Array {
    if (this.linear === null) this.linear = this.decode(this.bytes);
    return this.linear;
  }

  /** The linear view, or null when nobody has asked for it yet. */
  get madeSamples(): Int16Array | null {
    return this.linear;
  }

  /** The view in bytes, or null when nobody has asked for it yet. */
  get madeBytes(): Uint8Array | null {
    return this.octets;
  }

  /** The same sound at another time; views made so far are shared. */
  at(timestampMs: number): Frame {
    return new Frame(
      this.track,
      this.format,
      timestampMs,
      this.durationMs,
      this.text,
      this.octets,
      this.linear,
      this.sentMs,
      this.isFiller,
    );
  }

  private encode(samples: Int16Array): Uint8Array {
    if (this.format.encoding === 'mulaw') return encodeMulaw(samples);
    return this.format.encoding === 'alaw' ? encodeAlaw(samples) : bytesFromSamples(samples);
  }

  private decode(bytes: Uint8Array): Int16Array {
    if (this.format.encoding === 'mulaw') return decodeMulaw(bytes);
    return this.format.encoding === 'alaw' ? decodeAlaw(bytes) : samplesFromBytes(bytes);
  }
}

function durationOf(format: AudioFormat, byteLength: number): number {
  return (byteLength * 1000) / (bytesPerSample(format) * format.sampleRate);
}

/** `base64` must be canonical; `isBase64` in base64.ts checks it. `sentMs`: by the sender's own clock, where it tells. */
export function frameFromBase64(
  track: Track,
  format: AudioFormat,
  timestampMs: number,
  base64: string,
  sentMs: number | null = null,
): AudioFrame {
  return new Frame(
    track,
    format,
    timestampMs,
    durationOf(format, base64ByteLength(base64)),
    base64,
    null,
    null,
    sentMs,
  );
}

/** Takes ownership of `bytes`. */
export function frameFromBytes(
  track: Track,
  format: AudioFormat,
  timestampMs: number,
  bytes: Uint8Array,
): AudioFrame {
  return new Frame(track, format, timestampMs, durationOf(format, bytes.byteLength), null, bytes, null);
}

/** Sound the gateway makes in place of caller sound that did not come. Takes ownership of `bytes`. */
export function fillerFrame(format: AudioFormat, timestampMs: number, bytes: Uint8Array): AudioFrame {
  return new Frame(
    'caller',
    format,
    timestampMs,
    durationOf(format, bytes.byteLength),
    null,
    bytes,
    null,
    null,
    true,
  );
}

/** Takes ownership of `samples`; they are encoded to `format` when asked for. */
export function frameFromSamples(
  track: Track,
  format: AudioFormat,
  timestampMs: number,
  samples: Int16Array,
): AudioFrame {
  const durationMs = (samples.length * 1000) / format.sampleRate;
  return new Frame(track, format, timestampMs, durationMs, null, null, samples);
}

/** The same sound at another time. */
export function frameAt(frame: AudioFrame, timestampMs: number): AudioFrame {
  if (frame instanceof Frame) return frame.at(timestampMs);
  const { track, format, durationMs, bytes, sentMs, isFiller } = frame;
  return new Frame(track, format, timestampMs, durationMs, null, bytes, null, sentMs, isFiller);
}

/** What became of `source` in another format. Track, times and being filler stay. Takes ownership of the sound. */
export function convertedFrame(
  source: AudioFrame,
  format: AudioFormat,
  durationMs: number,
  text: string | null,
  bytes: Uint8Array | null,
  samples: Int16Array | null,
): AudioFrame {
  const { track, timestampMs, sentMs, isFiller } = source;
  return new Frame(track, format, timestampMs, durationMs, text, bytes, samples, sentMs, isFiller);
}

/** The base64 view of a frame that has one already; null where asking for it would cost an encoding. */
export function madeBase64(frame: AudioFrame): string | null {
  return frame instanceof Frame ? frame.madeBase64 : null;
}

/** What a frame has made of its sound so far; null for frames of another making, which have views of their own. */
export function madeViews(frame: AudioFrame): {
  readonly madeBase64: string | null;
  readonly madeBytes: Uint8Array | null;
  readonly madeSamples: Int16Array | null;
} | null {
  return frame instanceof Frame ? frame : null;
}

/** The same sound in pieces of at most `pieceMs`, one after the other, all with the frame's time. */
export function inPieces(frame: AudioFrame, pieceMs: number): readonly AudioFrame[] {
  const { bytes, format } = frame;
  const pieceBytes = Math.floor((pieceMs * format.sampleRate) / 1000) * bytesPerSample(format);
  const pieces: AudioFrame[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(frameFromBytes(frame.track, format, frame.timestampMs, bytes.subarray(at, at + pieceBytes)));
  }
  return pieces;
}
