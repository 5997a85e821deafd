import { base64ByteLength, bytesPerSample, frameFromBase64, frameFromBytes, OddByteCarry } from '#libs/audio';
import { type AudioFrame, formatName, type GatewayError, sameFormat } from '#libs/contracts';
import type { MediaFormat } from './audiocodes.formats.js';
import { errors } from './errors.js';
import { wavStart } from './wav-start.js';

/**
 * Makes frames of one user stream's chunks, which may be cut anywhere: the odd byte of a 16-bit sample is carried over, and
 * a WAV header, where the format has one, is taken off the beginning however it is cut. Raw chunks of whole samples are
 * framed around their base64 as it came.
 */
export class ChunkDecoder {
  private readonly carry: OddByteCarry | null;
  /** Half a sample waits. */
  private halved = false;
  /** What may be the beginning of a WAV header; null once that is settled. */
  private header: Buffer | null = null;

  constructor(
    private readonly media: MediaFormat,
    private readonly onMismatch: (error: GatewayError) => void,
  ) {
    this.carry = bytesPerSample(media.audio) === 2 ? new OddByteCarry() : null;
    this.restart();
  }

  /** A new stream begins. Half a sample of the one before means nothing any more. */
  restart(): void {
    this.carry?.clear();
    this.halved = false;
    this.header = this.media.wav ? Buffer.alloc(0) : null;
  }

  /** `base64` must be canonical. Null: no whole sample came. */
  decode(base64: string, atMs: number): AudioFrame | null {
    const byteLength = base64ByteLength(base64);
    if (byteLength === 0) return null;
    const isWhole = this.carry === null || (!this.halved && byteLength % 2 === 0);
    if (isWhole && this.header === null) return frameFromBase64('caller', this.media.audio, atMs, base64);
    const sound = this.whole(this.withoutHeader(Buffer.from(base64, 'base64')));
    return sound.length === 0 ? null : frameFromBytes('caller', this.media.audio, atMs, sound);
  }

  private whole(bytes: Uint8Array): Uint8Array {
    if (this.carry === null) return bytes;
    if (bytes.length % 2 === 1) this.halved = !this.halved;
    return this.carry.push(bytes);
  }

  private withoutHeader(bytes: Buffer): Buffer {
    if (this.header === null) return bytes;
    this.header = Buffer.concat([this.header, bytes]);
    const start = wavStart(this.header);
    if (start === null) return Buffer.alloc(0);
    if (start.format !== null && !sameFormat(start.format, this.media.audio)) {
      this.onMismatch(errors.wavMismatch(formatName(start.format), formatName(this.media.audio)));
    }
    const sound = this.header.subarray(start.soundAt);
    this.header = null;
    return sound;
  }
}
