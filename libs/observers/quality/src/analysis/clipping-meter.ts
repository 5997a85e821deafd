import { AmplitudePile, binOf } from './amplitude-pile.js';
import type { SampleRing } from './sample-ring.js';

/** Samples are looked at that reach this share of the highest of their sign of late, which is forgotten by the second. */
const NEAR_PEAK = 0.85;
const FORGET = 0.8;

/** Samples are flat that differ from the one before by no more than 1 and 2^-11 of their size. */
const FLAT_SHIFT = 11;

/** Hops that are kept until they are looked at, three of which in a row are a tone if they are sines; a bit for each. */
const WAITING_HOPS = 4;
const TONE = 0b111;
const WAITING = 0b111;
const HOPS_KEPT = 0xff;

/**
 * Clipping: samples in flat tops, each sign for itself. Works at any level, since a clipped sound that was turned down
 * piles up at a lower one.
 */
export class ClippingMeter {
  private readonly positive = new AmplitudePile();
  private readonly negative = new AmplitudePile();
  private highestUp = 0;
  private highestDown = 0;
  private leastUp = AmplitudePile.LOWEST;
  private leastDown = AmplitudePile.LOWEST;
  private readonly waiting: Int32Array;
  private hops = 0;
  private hopSamples = 0;
  private sines = 0;
  private steady = 0;
  private before = 0;
  private run = 0;
  /** Where the last look ended; runs go on from block to block. */
  private lookedTo = -1;
  private samples = 0;
  private clippedBefore = 0;
  private samplesBefore = 0;
  /** Of the last completed second. */
  secondPercent = 0;

  constructor(
    private readonly ring: SampleRing,
    blocksAHop: number,
  ) {
    this.waiting = new Int32Array(WAITING_HOPS * blocksAHop);
  }

  /**
   * The last hop of the ring: blocks of `length` samples each, none of which has samples larger than its bound; `isSteady` if
   * the level is. It is looked at three hops later, when it is known whether it belongs to a tone (`isSine`): the crests
   * of a sine pile up although nothing is cut off.
   */
  endHop(length: number, bounds: Int32Array, isSteady: boolean, isSine: boolean): void {
    const blocks = bounds.length;
    this.hopSamples = blocks * length;
    this.sines = ((this.sines << 1) | (isSine ? 1 : 0)) & HOPS_KEPT;
    this.steady = ((this.steady << 1) | (isSteady ? 1 : 0)) & HOPS_KEPT;
    const slot = this.hops++ % WAITING_HOPS;
    this.waiting.set(bounds, slot * blocks);
    if (this.hops < WAITING_HOPS) return;
    this.samples += blocks * length;
    if (this.isTone) return;
    const oldest = (this.hops % WAITING_HOPS) * blocks;
    const isOldestSteady = ((this.steady >> (WAITING_HOPS - 1)) & 1) === 1;
    let at = this.ring.at - WAITING_HOPS * blocks * length;
    let passed = this.samples - blocks * length;
    for (let b = 0; b < blocks; b++) {
      at += length;
      passed += length;
      const bound = this.waiting[oldest + b]!;
      if (bound >= this.leastUp || bound >= this.leastDown) this.look(at, passed, length, isOldestSteady);
    }
  }

  /** Whether the oldest hop that waits, or one next to it, is one of three sines in a row. */
  private get isTone(): boolean {
    const { sines } = this;
    for (let last = 0; last <= WAITING_HOPS; last++) if (((sines >> last) & TONE) === TONE) return true;
    return false;
  }

  endSecond(): void {
    const clipped = this.clipped();
    // A pile is known late; until then its samples belong to no second in particular.
    const isNew = this.clippedBefore === 0;
    const samples = isNew ? this.samples : this.samples - this.samplesBefore;
    const added = isNew ? clipped : Math.max(0, clipped - this.clippedBefore);
    this.secondPercent = (100 * Math.min(samples, added)) / samples;
    this.clippedBefore = clipped;
    this.samplesBefore = this.samples;
    this.highestUp *= FORGET;
    this.highestDown *= FORGET;
    this.setLeast();
  }

  private setLeast(): void {
    this.leastUp = Math.max(AmplitudePile.LOWEST, Math.floor(this.highestUp * NEAR_PEAK));
    this.leastDown = Math.max(AmplitudePile.LOWEST, Math.floor(this.highestDown * NEAR_PEAK));
  }

  get callPercent(): number {
    const waiting = Math.min(this.hops, WAITING_HOPS - 1) * this.hopSamples;
    const samples = this.samples + waiting;
    return samples === 0 ? 0 : (100 * (this.clipped() + this.clippedWaiting(waiting))) / samples;
  }

  /** In the last `length` samples, which are not counted yet. */
  private clippedWaiting(length: number): number {
    const up = this.positive.pileBin();
    const down = this.negative.pileBin();
    if ((up < 0 && down < 0) || (this.sines & WAITING) !== 0) return 0;
    const { samples, mask, at } = this.ring;
    let clipped = 0;
    for (let i = at - length; i < at; i++) {
      const sample = samples[i & mask]!;
      const size = Math.abs(sample);
      if (size >= AmplitudePile.LOWEST && binOf(size) === (sample > 0 ? up : down)) clipped++;
    }
    return clipped;
  }

  private clipped(): number {
    const up = this.positive.pileBin();
    const down = this.negative.pileBin();
    return clippedIn(this.positive, up, down) + clippedIn(this.negative, down, up);
  }

  /** The `length` samples of the ring up to `at`, which is the sample `passed` of the track. */
  private look(at: number, passed: number, length: number, isTone: boolean): void {
    const { leastUp, leastDown } = this;
    let highestUp = this.highestUp;
    let highestDown = this.highestDown;
    const { samples, mask } = this.ring;
    if (this.lookedTo !== passed - length) this.run = 0;
    this.lookedTo = passed;
    let before = this.before;
    let run = this.run;
    for (let i = at - length; i < at; i++) {
      const sample = samples[i & mask]!;
      if (sample < leastUp && sample > -leastDown) {
        run = 0;
        continue;
      }
      const step = sample - before;
      const flat = 1 + (Math.abs(sample) >> FLAT_SHIFT);
      run = run > 0 && step <= flat && step >= -flat ? run + 1 : 1;
      before = sample;
      if (sample > 0) {
        if (sample > highestUp) highestUp = sample;
        this.positive.count(sample, run, isTone);
      } else {
        if (-sample > highestDown) highestDown = -sample;
        this.negative.count(-sample, run, isTone);
      }
    }
    this.before = before;
    this.run = run;
    if (highestUp === this.highestUp && highestDown === this.highestDown) return;
    this.highestUp = highestUp;
    this.highestDown = highestDown;
    this.setLeast();
  }
}

function clippedIn(pile: AmplitudePile, own: number, twin: number): number {
  if (own >= 0) return pile.clippedAt(own);
  return twin >= 0 && pile.isTwin(twin) ? pile.clippedAt(twin) : 0;
}
