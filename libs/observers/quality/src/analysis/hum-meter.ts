/** Blocks of 2 ms in 100 ms, in which both 50 and 60 Hz and their harmonics have whole periods. */
const FOLD_BLOCKS = 50;
const FOLDS_A_SECOND = 10;
/** Multiples of 10 Hz that are measured: the mains, their harmonics, and neighbours to compare with. */
const BINS = [4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 18];
const MEMORY_SECONDS = 8;

/** Hum stands out from its neighbours, by power, the more so the less was heard; and it stays. */
const OUTSTANDING = [Number.POSITIVE_INFINITY, 25, 12, 8];
const STEADINESS = 0.25;

/** Indices into BINS: components of each mains frequency, and the neighbours of its first two. */
const MAINS = [
  { hz: 50, first: 1, second: 5, others: [9], neighbours: [0, 3], secondNeighbours: [4, 6] },
  { hz: 60, first: 2, second: 7, others: [10], neighbours: [0, 3], secondNeighbours: [6, 8] },
] as const;

/** Blocks are means over 2 ms, which weakens a component at 10 Hz times `bin` by a sinc. */
const COSINES = BINS.map((bin) => tableOf(bin, Math.cos));
const SINES = BINS.map((bin) => tableOf(bin, Math.sin));

function tableOf(bin: number, wave: (phase: number) => number): Float64Array {
  const x = (Math.PI * bin) / FOLD_BLOCKS;
  const scale = x / Math.sin(x) / (FOLD_BLOCKS * FOLDS_A_SECOND);
  return Float64Array.from({ length: FOLD_BLOCKS }, (_, i) => Math.SQRT2 * scale * wave(2 * x * i));
}

/**
 * Mains hum. The blocks of each second are added up in phase over 100 ms, so that what is not a multiple of 10 Hz (within
 * 1 Hz) averages out; hum is what stands out there and stays from second to second. Powers are mean squares.
 */
export class HumMeter {
  private readonly fold = new Float64Array(FOLD_BLOCKS);
  private readonly powers = new Float32Array(BINS.length * MEMORY_SECONDS);
  private at = 0;
  private isSpoilt = false;
  private seconds = 0;
  /** In the last seconds: 50, 60, or null where there is no hum. */
  hz: number | null = null;
  power = 0;
  private readonly secondsOf = [0, 0];
  private readonly powerOf = [0, 0];

  constructor(private readonly blockSamples: number) {}

  /** The sum of a block of 2 ms. */
  addBlock(sum: number): void {
    this.fold[this.at] = this.fold[this.at]! + sum;
    if (++this.at === FOLD_BLOCKS) this.at = 0;
  }

  /** Tones of the second under way look like hum, since blocks of 2 ms do not tell 440 from 60 Hz: it is not judged. */
  spoil(): void {
    this.isSpoilt = true;
  }

  endSecond(): void {
    if (this.isSpoilt) {
      this.isSpoilt = false;
      this.fold.fill(0);
      this.hz = null;
      this.power = 0;
      return;
    }
    const row = (this.seconds % MEMORY_SECONDS) * BINS.length;
    for (let b = 0; b < BINS.length; b++) this.powers[row + b] = this.powerAt(b);
    this.fold.fill(0);
    this.seconds++;
    this.look();
  }

  /** Of the call: 50 or 60, whichever was there in at least a third of all seconds. */
  get callHz(): number | null {
    const which = this.secondsOf[1]! > this.secondsOf[0]! ? 1 : 0;
    return this.secondsOf[which]! * 3 >= Math.max(1, this.seconds) ? MAINS[which]!.hz : null;
  }

  get callPower(): number {
    const which = this.secondsOf[1]! > this.secondsOf[0]! ? 1 : 0;
    return this.secondsOf[which] === 0 ? 0 : this.powerOf[which]! / this.secondsOf[which]!;
  }

  private powerAt(b: number): number {
    const cosines = COSINES[b]!;
    const sines = SINES[b]!;
    let re = 0;
    let im = 0;
    for (let i = 0; i < FOLD_BLOCKS; i++) {
      const value = this.fold[i]!;
      re += value * cosines[i]!;
      im += value * sines[i]!;
    }
    return (re * re + im * im) / (this.blockSamples * this.blockSamples);
  }

  private look(): void {
    this.hz = null;
    this.power = 0;
    for (let m = 0; m < MAINS.length; m++) {
      const mains = MAINS[m]!;
      const isFirst = this.standsOut(mains.first, mains.neighbours);
      const isSecond = this.standsOut(mains.second, mains.secondNeighbours);
      if (!isFirst && !isSecond) continue;
      let power = (isFirst ? this.mean(mains.first) : 0) + this.least(mains.second);
      for (const other of mains.others) power += this.least(other);
      if (power <= this.power) continue;
      this.power = power;
      this.hz = mains.hz;
    }
    if (this.hz === null) return;
    const which = this.hz === 50 ? 0 : 1;
    this.secondsOf[which] = this.secondsOf[which]! + 1;
    this.powerOf[which] = this.powerOf[which]! + this.power;
  }

  private standsOut(b: number, neighbours: readonly [number, number]): boolean {
    const mean = this.mean(b);
    const times = OUTSTANDING[Math.min(this.remembered, OUTSTANDING.length - 1)]!;
    if (mean < 1 || mean < times * Math.max(this.mean(neighbours[0]), this.mean(neighbours[1]))) return false;
    return this.least(b) >= STEADINESS * mean;
  }

  private get remembered(): number {
    return Math.min(this.seconds, MEMORY_SECONDS);
  }

  private mean(b: number): number {
    let sum = 0;
    for (let s = 0; s < this.remembered; s++) sum += this.powers[s * BINS.length + b]!;
    return sum / this.remembered;
  }

  private least(b: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let s = 0; s < this.remembered; s++) least = Math.min(least, this.powers[s * BINS.length + b]!);
    return least;
  }
}
