import { HISTORY_HOPS } from './hop-history.js';

const STRETCH_HOPS = 15;
/** Noise that swells and ebbs: stretches that are as even as the quietest are noise as well up to a swell of so much. */
const SWELL = 1.75;
const SWELL_OF_SPREAD = 8;
/** Where the quietest stretch is so much louder than the quietest 100 ms, there is speech in it. */
const QUIET_RISE = 1.6;
const QUIET_SWELL = 1.12;
const EVEN_SPREAD = 0.22;
const EVEN_TIMES = 1.6;
/** Of the envelope, in samples; what is quieter is silence, and an envelope takes its time to fall to nothing. */
export const LEAST_ENVELOPE = 8;

/**
 * Stretches in which the envelope changes as little as in the quietest ones. White noise is even within a few percent, traffic
 * within a fifth; in speech of the same level hardly any stretch is.
 */
export class EvenStretches {
  /** 1 for each hop that lies in such a stretch. */
  readonly even = new Uint8Array(HISTORY_HOPS);
  /** Of the stretch that ends with each hop: relative spread and mean of the envelope. */
  private readonly evenness = new Float32Array(HISTORY_HOPS);
  private readonly means = new Float32Array(HISTORY_HOPS);
  private firstEnd = 0;
  private hops = 0;

  /** There are none in so many hops. */
  forget(hops: number): void {
    this.even.fill(0, 0, hops);
  }

  /**
   * Looks at all stretches between `from` and `hops`. Returns the lowest mean; 0 where the line falls silent for so long, or
   * where no stretch is without speech. `quietest` is the lowest mean over 100 ms.
   */
  quietest(envelopes: Float32Array, from: number, hops: number, quietest: number): number {
    const { means, evenness } = this;
    let least = Number.POSITIVE_INFINITY;
    let sum = 0;
    let squares = 0;
    for (let i = from; i < hops; i++) {
      const envelope = envelopes[i]!;
      sum += envelope;
      squares += envelope * envelope;
      const first = i + 1 - STRETCH_HOPS;
      if (first < from) continue;
      const mean = sum / STRETCH_HOPS;
      means[i] = mean;
      evenness[i] = Math.sqrt(Math.max(0, squares / STRETCH_HOPS - mean * mean)) / (mean + 1e-9);
      if (mean < least) least = mean;
      const oldest = envelopes[first]!;
      sum -= oldest;
      squares -= oldest * oldest;
    }
    this.firstEnd = from + STRETCH_HOPS;
    this.hops = hops;
    return least > LEAST_ENVELOPE && least < QUIET_RISE * quietest ? least : 0;
  }

  /** Marks those of the stretches looked at, known the lowest mean. */
  mark(least: number): void {
    const { even, evenness, means, firstEnd, hops } = this;
    this.forget(hops);
    if (least === 0) return;
    let typical = 0;
    let count = 0;
    for (let end = firstEnd; end <= hops; end++) {
      if (means[end - 1]! > QUIET_SWELL * least) continue;
      typical += evenness[end - 1]!;
      count++;
    }
    typical /= Math.max(1, count);
    const most = Math.min(EVEN_SPREAD, EVEN_TIMES * typical);
    const highest = Math.min(SWELL, 1 + SWELL_OF_SPREAD * typical) * least;
    let marked = 0;
    for (let end = firstEnd; end <= hops; end++) {
      if (evenness[end - 1]! >= most || means[end - 1]! >= highest) continue;
      for (let i = Math.max(marked, end - STRETCH_HOPS); i < end; i++) even[i] = 1;
      marked = end;
    }
  }
}
