import type { SampleRing } from './sample-ring.js';

/** Length of a block: short against the 30 ms of the speech envelope, and 10 blocks are a hop. */
export const BLOCK_MS = 2;

/** Half of the ring is written ahead at most; the other half is looked back upon. */
export const MOST_AHEAD = 2048;

/** So much is taken from a sample at most: two squares of what is left then still fit 32 bits. */
export const MOST_DC = 13572;

/** Told at the end of each block; the sums of the block stand in the pass. */
export interface BlockListener {
  endBlock(): void;
}

/**
 * The one pass over every sample. It adds up what all meters need, in blocks of 2 ms counted from the first sample, so
 * that nothing depends on how the sound was cut. All sums are of integers below 2^53 and therefore exact in any order.
 */
export class BlockPass {
  readonly blockSamples: number;
  /** Taken from each sample before anything is added up; set it between blocks, to MOST_DC at most. */
  dc = 0;
  /** Of the samples less `dc`, over the block. */
  sum = 0;
  sumOfSquares = 0;
  /** Twice those of every other sample: the envelope, smoothed over 30 ms, is the same. */
  sumOfMagnitudes = 0;
  /** No sample of the block less `dc` is larger. */
  bound = 0;
  /** Where pieces end within a block, its beginning waits here for its end. */
  private readonly cut: Int16Array;
  private filled = 0;

  constructor(
    sampleRate: number,
    private readonly ring: SampleRing,
    private readonly listener: BlockListener,
  ) {
    this.blockSamples = Math.max(1, Math.round((sampleRate * BLOCK_MS) / 1000));
    this.cut = new Int16Array(this.blockSamples);
  }

  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + MOST_AHEAD);
      this.ring.write(samples, at, end);
      this.take(samples, at, end);
      at = end;
    }
  }

  private take(samples: Int16Array, from: number, end: number): void {
    const length = this.blockSamples;
    let at = from;
    while (at < end) {
      if (this.filled === 0 && at + length <= end) {
        this.endBlock(samples, at);
        at += length;
        continue;
      }
      const count = Math.min(length - this.filled, end - at);
      for (let i = 0; i < count; i++) this.cut[this.filled + i] = samples[at + i]!;
      this.filled += count;
      at += count;
      if (this.filled < length) return;
      this.filled = 0;
      this.endBlock(this.cut, 0);
    }
  }

  private endBlock(samples: Int16Array, from: number): void {
    const end = from + this.blockSamples;
    const dc = this.dc;
    let sum = 0;
    let magnitudes = 0;
    let squares = 0;
    let bits = 0;
    let i = from;
    // Four at a time and without a branch, so that no addition waits for the one before.
    for (; i + 3 < end; i += 4) {
      const a = (samples[i]! - dc) | 0;
      const b = (samples[i + 1]! - dc) | 0;
      const c = (samples[i + 2]! - dc) | 0;
      const d = (samples[i + 3]! - dc) | 0;
      const sizeA = Math.abs(a);
      const sizeC = Math.abs(c);
      sum = (sum + ((a + b) | 0) + ((c + d) | 0)) | 0;
      magnitudes = (magnitudes + sizeA + sizeC) | 0;
      bits |= sizeA | sizeC | (b ^ (b >> 31)) | (d ^ (d >> 31));
      squares += a * a + b * b + (c * c + d * d);
    }
    // No rate of telephony leaves a rest, but files have others.
    for (; i < end; i++) {
      const x = samples[i]! - dc;
      sum += x;
      magnitudes += Math.abs(x) / 2;
      squares += x * x;
      bits |= Math.abs(x);
    }
    this.sum = sum;
    this.sumOfMagnitudes = 2 * magnitudes;
    this.sumOfSquares = squares;
    this.bound = bits + 1;
    this.ring.advance(this.blockSamples);
    this.listener.endBlock();
  }
}
