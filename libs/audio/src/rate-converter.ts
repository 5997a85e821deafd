import type { AudioFormat, AudioFrame } from '#libs/contracts';
import { base64ByteLength } from './base64.js';
import type { AudioConverter } from './converter.js';
import { oddLength } from './errors.js';
import { convertedFrame, madeBase64 } from './frame.js';
import { decodeTable, encodeTable } from './g711.js';
import { BLOCK_SAMPLES, type FirKernel } from './kernel/kernel.js';
import { sharedKernel } from './kernel/shared-kernel.js';
import { bytesPerSample } from './pcm.js';
import { filterPlan } from './resampler/filter-plan.js';
import { FilterStream } from './resampler/filter-stream.js';

/**
 * Changes the rate, and G.711 on either side of it. A frame that came as base64 goes as base64: the text is decoded straight
 * into the kernel's memory and written straight from it, without a buffer in between.
 */
export class RateConverter implements AudioConverter {
  readonly delayMs: number;
  private readonly kernel: FirKernel = sharedKernel;
  private readonly stream: FilterStream;
  /** Null for PCM. */
  private readonly decoder: Int16Array | null;
  private readonly encoder: Uint8Array | null;
  private readonly inWidth: number;
  private readonly outWidth: number;

  /** Throws GatewayError AUDIO_RATE_UNSUPPORTED. */
  constructor(
    readonly from: AudioFormat,
    readonly to: AudioFormat,
  ) {
    const plan = filterPlan(from.sampleRate, to.sampleRate);
    this.stream = new FilterStream(this.kernel, plan);
    this.delayMs = plan.delayMs;
    this.decoder = decodeTable(from.encoding);
    this.encoder = encodeTable(to.encoding);
    this.inWidth = bytesPerSample(from);
    this.outWidth = bytesPerSample(to);
  }

  convert(frame: AudioFrame): AudioFrame | null {
    const text = madeBase64(frame);
    if (text === null || base64ByteLength(text) > BLOCK_SAMPLES * this.inWidth)
      return this.convertBytes(frame);
    const outputs = this.stream.advance(this.takeText(text));
    if (outputs === 0) return null;
    const base64 = this.give(outputs).toString('base64', 0, outputs * this.outWidth);
    return convertedFrame(frame, this.to, this.lastingMs(outputs), base64, null, null);
  }

  private convertBytes(frame: AudioFrame): AudioFrame | null {
    const { stream, inWidth, outWidth } = this;
    const bytes = frame.bytes;
    const total = this.wholeSamples(bytes.length);
    const result = Buffer.allocUnsafe(stream.outputsOf(total) * outWidth);
    let length = 0;
    for (let from = 0; from < bytes.length; from += BLOCK_SAMPLES * inWidth) {
      const block = bytes.subarray(from, from + BLOCK_SAMPLES * inWidth);
      const outputs = stream.advance(this.takeBytes(block));
      length += this.give(outputs).copy(result, length, 0, outputs * outWidth);
    }
    if (length === 0) return null;
    return convertedFrame(frame, this.to, this.lastingMs(length / outWidth), null, result, null);
  }

  private lastingMs(outputs: number): number {
    return (outputs * 1000) / this.to.sampleRate;
  }

  /** Returns how many samples lie in the kernel's input. The count is what was really decoded. */
  private takeText(text: string): number {
    const { kernel, stream } = this;
    if (this.decoder !== null)
      return this.decode(this.decoder, kernel.wire, kernel.wire.write(text, 0, 'base64'));
    return this.wholeSamples(kernel.inputBytes.write(text, stream.lead * 2, 'base64'));
  }

  private takeBytes(bytes: Uint8Array): number {
    if (this.decoder !== null) return this.decode(this.decoder, bytes, bytes.length);
    this.kernel.inputBytes.set(bytes, this.stream.lead * 2);
    return bytes.length / 2;
  }

  private decode(table: Int16Array, codes: Uint8Array, count: number): number {
    const { input } = this.kernel;
    const { lead } = this.stream;
    for (let i = 0; i < count; i++) input[lead + i] = table[codes[i]!]!;
    return count;
  }

  /** The kernel's output in the target encoding, from byte 0 of the returned memory on. */
  private give(outputs: number): Buffer {
    const { encoder } = this;
    const { output, outputBytes, wire } = this.kernel;
    if (encoder === null) return outputBytes;
    for (let i = 0; i < outputs; i++) wire[i] = encoder[output[i]! & 0xffff]!;
    return wire;
  }

  private wholeSamples(byteLength: number): number {
    if (byteLength % this.inWidth !== 0) throw oddLength(byteLength);
    return byteLength / this.inWidth;
  }
}
