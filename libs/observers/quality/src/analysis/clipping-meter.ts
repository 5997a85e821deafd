import type { SampleRing } from './sample-ring.js';

/** Magnitudes are counted in 128 steps an octave, over the seven octaves from 256 to full scale. */
const LOWEST = 256;
const STEPS = 128;
const OCTAVES = 7;
const BINS = STEPS * OCTAVES;

/** Blocks are looked at whose peak reaches this share of the highest of late, which halves each second. */
const NEAR_PEAK = 0.7;

/** The zone just below a flat top that its pile is compared with: 1/16 of its level, the step of G.711 there. */
const ZONE = 1 / 16;

/** A pile: at least so many samples, so many times as many as in the zone below it, and nearly none above it. */
const MIN_PILE = 6;
const PILE_TIMES = 2.6;
const MAX_ABOVE = 0.05;

/**
 * Flat tops: samples that pile up at the highest level a track reaches, each sign for itself. Works at any level, since
 * a clipped sound that was turned down piles up at a lower one.
 */
export class ClippingMeter {
  private readonly counts = [new Uint32Array(BINS), new Uint32Array(BINS)];
  private highest = LOWEST;
  private samples = 0;
  private clippedBefore = 0;
  private secondSamples = 0;
  /** Of the last completed second. */
  secondPercent = 0;

  constructor(private readonly ring: SampleRing) {}

  /** Looks at the last `length` samples, whose peak magnitude is about `peak`. */
  endBlock(length: number, peak: number): void {
    this.samples += length;
    if (peak > this.highest) this.highest = peak;
    if (peak < this.highest * NEAR_PEAK) return;
    const { samples, mask, at } = this.ring;
    const least = Math.max(LOWEST, Math.floor(this.highest * NEAR_PEAK));
    for (let i = at - length; i < at; i++) {
      const sample = samples[i & mask]!;
      if (sample >= least) this.count(0, sample);
      else if (sample <= -least) this.count(1, -sample);
    }
  }

  endSecond(): void {
    const clipped = this.clipped();
    const samples = this.samples - this.secondSamples;
    this.secondPercent = (100 * Math.min(samples, Math.max(0, clipped - this.clippedBefore))) / samples;
    this.clippedBefore = clipped;
    this.secondSamples = this.samples;
    this.highest = Math.max(LOWEST, this.highest / 2);
  }

  get callPercent(): number {
    return this.samples === 0 ? 0 : (100 * this.clipped()) / this.samples;
  }

  private count(sign: number, magnitude: number): void {
    const value = Math.min(magnitude, 32767);
    const octave = 31 - Math.clz32(value);
    const bin = (octave - 8) * STEPS + ((value >> (octave - 7)) & (STEPS - 1));
    const counts = this.counts[sign]!;
    counts[bin] = counts[bin]! + 1;
  }

  private clipped(): number {
    return pileOf(this.counts[0]!) + pileOf(this.counts[1]!);
  }
}

function levelOf(bin: number): number {
  const octave = Math.floor(bin / STEPS);
  return LOWEST * 2 ** octave * (1 + (bin % STEPS) / STEPS);
}

/** Samples in the highest pile, 0 where there is none. */
function pileOf(counts: Uint32Array): number {
  let above = 0;
  let top = BINS - 1;
  while (top >= 0 && counts[top] === 0) top--;
  for (let bin = top; bin > 0; bin--) {
    const pile = counts[bin]! + counts[bin - 1]!;
    if (pile < MIN_PILE || counts[bin] === 0) {
      above += counts[bin]!;
      continue;
    }
    const below = levelOf(bin - 1) * (1 - ZONE);
    let zone = 0;
    for (let b = bin - 2; b >= 0 && levelOf(b + 1) > below; b--) zone += counts[b]!;
    if (pile >= PILE_TIMES * zone + MIN_PILE && above <= MAX_ABOVE * pile) return pile;
    above += counts[bin]!;
    if (above > 400) return 0;
  }
  return 0;
}
