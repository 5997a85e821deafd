/** Magnitudes are counted in 128 steps an octave, over the seven octaves from 256 to full scale. */
const LOWEST = 256;
const STEPS = 128;
const OCTAVES = 7;
const BINS = STEPS * OCTAVES;
/** Runs are counted in steps four times as wide. */
const RUN_SHIFT = 2;
/** A sine may be cut so that two samples beside its peak are equal. */
const FLAT_RUN = 2;
const TONE_FLAT_RUN = 3;
const MOST_RUNS = 65535;

/** What a pile is compared with reaches down by this share of its level: the widest step of G.711. */
const ZONE = 1 / 16;

/**
 * A pile: at least so many samples, so many times as many as in the fullest step of the zone below it, nearly none above
 * it, and part of them in runs. The peaks of a steady sine alone make 2.41 in equal steps.
 */
const MIN_PILE = 6;
const PILE_TIMES = 1.4;
const TONE_TIMES = 2.6;
/** Where the other sign has its pile less will do. */
const TWIN_TIMES = 1.2;
const MAX_ABOVE = 0.05;
const MIN_FLAT = 0.15;

/**
 * Of the samples in the bin of the pile some only passed by, about as many as in half a bin of the zone. Not so in G.711,
 * whose codes leave most bins of the zone empty: there all samples of the code are flat, as far as anybody can hear.
 */
const PASSING = 0.5;
const MIN_FILLED = 0.5;

/** Samples of one sign by their magnitude, near the top; finds the level at which they pile up. */
export class AmplitudePile {
  static readonly LOWEST = LOWEST;
  private readonly counts = new Uint32Array(BINS);
  private readonly flat = new Uint16Array(BINS >> RUN_SHIFT);
  private top = 0;
  private counted = 0;
  private countedOfTones = 0;

  /** A sample of at least LOWEST, the `run`th in a row of about the same value. */
  count(magnitude: number, run: number, isTone: boolean): void {
    this.counted++;
    if (isTone) this.countedOfTones++;
    const bin = binOf(magnitude);
    this.counts[bin] = this.counts[bin]! + 1;
    if (bin > this.top) this.top = bin;
    const flatRun = isTone ? TONE_FLAT_RUN : FLAT_RUN;
    if (run < flatRun) return;
    const at = bin >> RUN_SHIFT;
    this.flat[at] = Math.min(MOST_RUNS, this.flat[at]! + (run === flatRun ? flatRun : 1));
  }

  /** The bin in which samples pile up, -1 where they do not. */
  pileBin(): number {
    const { counts } = this;
    const times = 2 * this.countedOfTones > this.counted ? TONE_TIMES : PILE_TIMES;
    let above = 0;
    for (let bin = this.top; bin > 0; bin--) {
      const pile = counts[bin]!;
      if (pile >= MIN_PILE && above <= MAX_ABOVE * pile && this.isFlat(bin)) {
        if (pile >= times * this.fullestBelow(bin) + MIN_PILE) return bin;
      }
      above += pile;
      if (above > 1000) return -1;
    }
    return -1;
  }

  /** How many samples lie in the flat tops of the pile in `bin`. */
  clippedAt(bin: number): number {
    return this.counts[bin]! - (this.isFilledBelow(bin) ? PASSING * this.fullestBelow(bin) : 0);
  }

  /** True if there is a pile here too, known that the other sign has one. */
  isTwin(bin: number): boolean {
    return this.top <= bin && this.counts[bin]! >= TWIN_TIMES * this.fullestBelow(bin);
  }

  private isFlat(bin: number): boolean {
    const flat = this.flat[bin >> RUN_SHIFT]!;
    return flat === MOST_RUNS || flat >= MIN_FLAT * this.counts[bin]!;
  }

  private fullestBelow(bin: number): number {
    const least = levelOf(bin) * (1 - ZONE);
    let fullest = 0;
    for (let b = bin - 1; b >= 0 && levelOf(b + 1) > least; b--) fullest = Math.max(fullest, this.counts[b]!);
    return fullest;
  }

  private isFilledBelow(bin: number): boolean {
    const least = levelOf(bin) * (1 - ZONE);
    let filled = 0;
    let bins = 0;
    for (let b = bin - 1; b >= 0 && levelOf(b + 1) > least; b--, bins++) if (this.counts[b]! > 0) filled++;
    return filled >= MIN_FILLED * bins;
  }
}

/** Of a magnitude of at least LOWEST. */
export function binOf(magnitude: number): number {
  const value = Math.min(magnitude, 32767);
  const octave = 31 - Math.clz32(value);
  return ((octave - 8) << 7) + ((value >> (octave - 7)) & (STEPS - 1));
}

/** The lowest magnitude of a bin. */
function levelOf(bin: number): number {
  return LOWEST * 2 ** (bin >> 7) * (1 + (bin & (STEPS - 1)) / STEPS);
}
