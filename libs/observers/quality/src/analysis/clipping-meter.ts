import { AmplitudePile } from './amplitude-pile.js';
import type { SampleRing } from './sample-ring.js';

/** Samples are looked at that reach this share of the highest of their sign of late, which is forgotten by the second. */
const NEAR_PEAK = 0.85;
const FORGET = 0.8;

/** Samples are flat that differ from the one before by no more than 1 and 2^-11 of their size. */
const FLAT_SHIFT = 11;

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
  private before = 0;
  private run = 0;
  /** Where the last look ended; runs go on from block to block. */
  private lookedTo = -1;
  private samples = 0;
  private clippedBefore = 0;
  private samplesBefore = 0;
  /** Of the last completed second. */
  secondPercent = 0;

  constructor(private readonly ring: SampleRing) {}

  /** Looks at the last `length` samples of the ring, none of which is larger than `bound`; `isTone` if their level is steady. */
  endBlock(length: number, bound: number, isTone: boolean): void {
    this.samples += length;
    if (bound >= this.leastUp || bound >= this.leastDown) this.look(length, isTone);
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
    if (this.samples === 0) return 0;
    return (100 * this.clipped()) / this.samples;
  }

  private clipped(): number {
    const up = this.positive.pileBin();
    const down = this.negative.pileBin();
    return clippedIn(this.positive, up, down) + clippedIn(this.negative, down, up);
  }

  private look(length: number, isTone: boolean): void {
    const { leastUp, leastDown } = this;
    let highestUp = this.highestUp;
    let highestDown = this.highestDown;
    const { samples, mask, at } = this.ring;
    if (this.lookedTo !== this.samples - length) this.run = 0;
    this.lookedTo = this.samples;
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
