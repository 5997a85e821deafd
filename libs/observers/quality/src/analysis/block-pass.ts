import type { SampleRing } from './sample-ring.js';

/** Length of a block: short against the 30 ms of the speech envelope, and 10 blocks are a hop. */
export const BLOCK_MS = 2;

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
  /** Taken from each sample before anything is added up; set it between blocks. */
  dc = 0;
  /** Of the samples less `dc`, over the block. */
  sum = 0;
  sumOfMagnitudes = 0;
  sumOfSquares = 0;
  /** All magnitudes, or-ed: no sample of the block is larger. */
  magnitudeBits = 0;
  private left: number;

  constructor(
    sampleRate: number,
    private readonly ring: SampleRing,
    private readonly listener: BlockListener,
  ) {
    this.blockSamples = Math.max(1, Math.round((sampleRate * BLOCK_MS) / 1000));
    this.left = this.blockSamples;
  }

  push(samples: Int16Array): void {
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + this.left);
      this.add(samples, at, end);
      this.left -= end - at;
      at = end;
      if (this.left === 0) this.endBlock();
    }
  }

  private add(samples: Int16Array, from: number, end: number): void {
    const ring = this.ring.samples;
    const mask = this.ring.mask;
    const dc = this.dc;
    let ringAt = this.ring.at;
    let sum = 0;
    let magnitudes = 0;
    let evenSquares = 0;
    let oddSquares = 0;
    let bits = 0;
    let i = from;
    // Two at a time and without a branch, so that no addition waits for the one before.
    for (; i + 1 < end; i += 2) {
      const first = samples[i]!;
      const second = samples[i + 1]!;
      ring[ringAt] = first;
      ring[(ringAt + 1) & mask] = second;
      ringAt = (ringAt + 2) & mask;
      const x = (first - dc) | 0;
      const y = (second - dc) | 0;
      const signX = x >> 31;
      const signY = y >> 31;
      const sizeX = ((x ^ signX) - signX) | 0;
      const sizeY = ((y ^ signY) - signY) | 0;
      sum = (sum + x + y) | 0;
      magnitudes = (magnitudes + sizeX + sizeY) | 0;
      // Of 17 bits with the sign, so that the square fits 32 without.
      evenSquares += Math.imul(x, x) >>> 0;
      oddSquares += Math.imul(y, y) >>> 0;
      bits |= sizeX | sizeY;
    }
    if (i < end) {
      const last = samples[i]!;
      ring[ringAt] = last;
      ringAt = (ringAt + 1) & mask;
      const x = last - dc;
      sum += x;
      magnitudes += Math.abs(x);
      evenSquares += x * x;
      bits |= Math.abs(x);
    }
    this.ring.at = ringAt;
    this.sum += sum;
    this.sumOfMagnitudes += magnitudes;
    this.sumOfSquares += evenSquares + oddSquares;
    this.magnitudeBits |= bits;
  }

  private endBlock(): void {
    this.listener.endBlock();
    this.left = this.blockSamples;
    this.sum = 0;
    this.sumOfMagnitudes = 0;
    this.sumOfSquares = 0;
    this.magnitudeBits = 0;
  }
}
