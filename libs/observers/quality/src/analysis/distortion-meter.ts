import { LOBE_BINS, PowerSpectrum } from './power-spectrum.js';
import type { SampleRing } from './sample-ring.js';

const SPECTRUM_SIZE = 2048;
const LAST_HARMONIC = 10;
const CHECKS_A_SECOND = 4;

/** Hops of 20 ms before a look that must be of one level, and how much one may differ from the next, by power. */
const STEADY_HOPS = 11;
const FEW_STEADY_HOPS = 3;
const STEADY_RATIO = 1.06;

/** What a tone of the measurable kind is: its frequency, and nothing but harmonics above this share of its power. */
const LOWEST_HZ = 150;
const MAX_RESIDUAL = 0.004;
const MAX_THD = 0.3;
const MIN_POWER = 1000;
/** From look to look. */
const MAX_DRIFT = 0.003;
const MAX_POWER_RATIO = 1.05;
/**
 * A tone whose samples repeat after so few has its coding noise on its harmonics, and nobody can tell the two apart: in G.711
 * up to this THD. So near to whole samples must one of the first periods end.
 */
const FEW_SAMPLES = 60;
const MOST_PERIODS = 8;
const WHOLE = 0.02;
const CODING_THD = 0.035;

const SPECTRUM = new PowerSpectrum(SPECTRUM_SIZE);

/**
 * Total harmonic distortion of a steady tone: harmonics 2 to 10 below the Nyquist frequency against the fundamental, by
 * amplitude (IEC 60268-3's d_t). Four looks a second; a second counts only if the tone was there, and the same, in all
 * of them and its level did not change between.
 */
export class DistortionMeter {
  private steadyHops = 0;
  private powerBefore = 0;
  private checks = 0;
  private toneHz = 0;
  private tonePower = 0;
  private squares = 0;
  private callSquares = 0;
  private callSeconds = 0;
  /** Of the last completed second. */
  secondPercent: number | null = null;

  constructor(
    private readonly sampleRate: number,
    private readonly ring: SampleRing,
    /** G.711. */
    private readonly isCoded: boolean,
  ) {}

  /** True while the level has not changed for 60 ms, as that of no speech. */
  get isSteady(): boolean {
    return this.steadyHops >= FEW_STEADY_HOPS;
  }

  get callPercent(): number | null {
    return this.callSeconds === 0 ? null : 100 * Math.sqrt(this.callSquares / this.callSeconds);
  }

  /** `hop` counts within the second, from 1 to `hopsASecond`. */
  endHop(power: number, hop: number, hopsASecond: number): void {
    const before = this.powerBefore;
    const isSteady = power < before * STEADY_RATIO && before < power * STEADY_RATIO;
    this.steadyHops = isSteady ? this.steadyHops + 1 : 0;
    this.powerBefore = power;
    const due = Math.floor((hop * CHECKS_A_SECOND) / hopsASecond);
    if (due !== Math.floor(((hop - 1) * CHECKS_A_SECOND) / hopsASecond)) {
      if (this.checks === due - 1 && this.steadyHops >= STEADY_HOPS && power > MIN_POWER) this.check();
    }
    if (hop === hopsASecond) this.endSecond();
  }

  private endSecond(): void {
    const isTone = this.checks === CHECKS_A_SECOND;
    const meanSquare = this.squares / CHECKS_A_SECOND;
    this.secondPercent = isTone ? 100 * Math.sqrt(meanSquare) : null;
    if (isTone) {
      this.callSquares += meanSquare;
      this.callSeconds++;
    }
    this.checks = 0;
    this.squares = 0;
  }

  private check(): void {
    const bins = SPECTRUM.transform(this.ring);
    const hzABin = this.sampleRate / SPECTRUM_SIZE;
    const peak = peakOf(bins);
    const at = peak + offsetOf(bins, peak);
    const hz = at * hzABin;
    if (hz < LOWEST_HZ || 2 * at > bins.length - LOBE_BINS - 1) return;
    const fundamental = lobe(bins, at);
    let total = 0;
    for (let k = LOBE_BINS + 1; k < bins.length; k++) total += bins[k]!;
    let harmonics = 0;
    let count = 0;
    for (let n = 2; n <= LAST_HARMONIC && n * at < bins.length - LOBE_BINS - 1; n++) {
      harmonics += lobe(bins, n * at);
      count++;
    }
    const residual = Math.max(0, total - fundamental - harmonics);
    const lobeBins = 2 * LOBE_BINS + 1;
    const residualBins = bins.length - LOBE_BINS - 1 - (count + 1) * lobeBins;
    const noise = Math.max((residual / residualBins) * lobeBins, codingNoise(bins, at));
    const thd2 = Math.max(0, harmonics - noise * count) / fundamental;
    if (residual > MAX_RESIDUAL * fundamental || thd2 > MAX_THD * MAX_THD) return;
    if (this.isCoded && thd2 < CODING_THD * CODING_THD && repeatsSoon(this.sampleRate / hz)) return;
    if (this.checks > 0 && !this.isSame(hz, fundamental)) return;
    this.toneHz = hz;
    this.tonePower = fundamental;
    this.squares += thd2;
    this.checks++;
  }

  private isSame(hz: number, power: number): boolean {
    if (Math.abs(hz - this.toneHz) > MAX_DRIFT * hz) return false;
    return power < this.tonePower * MAX_POWER_RATIO && this.tonePower < power * MAX_POWER_RATIO;
  }
}

/** `period` of a tone, in samples. */
function repeatsSoon(period: number): boolean {
  for (let n = 1; n <= MOST_PERIODS && n * period <= FEW_SAMPLES; n++)
    if (Math.abs(n * period - Math.round(n * period)) < WHOLE) return true;
  return false;
}

function peakOf(bins: Float64Array): number {
  let peak = LOBE_BINS + 1;
  for (let k = peak; k < bins.length - 1; k++) if (bins[k]! > bins[peak]!) peak = k;
  return peak;
}

/** Parabola through the logarithms about a peak; exact to a few thousandths of a bin with this window. */
function offsetOf(bins: Float64Array, peak: number): number {
  const left = Math.log(bins[peak - 1]! + 1e-9);
  const middle = Math.log(bins[peak]! + 1e-9);
  const right = Math.log(bins[peak + 1]! + 1e-9);
  const curve = left - 2 * middle + right;
  return curve === 0 ? 0 : (0.5 * (left - right)) / curve;
}

function lobe(bins: Float64Array, at: number): number {
  const centre = Math.round(at);
  let sum = 0;
  for (let k = centre - LOBE_BINS; k <= centre + LOBE_BINS; k++) sum += bins[k]!;
  return sum;
}

/**
 * Coding noise of a steady tone lies on its harmonics, all about alike; far up there is nothing else. Mean power of the
 * harmonics 11 to 20, 0 where fewer than four of them are below the Nyquist frequency.
 */
function codingNoise(bins: Float64Array, at: number): number {
  let sum = 0;
  let count = 0;
  for (let n = LAST_HARMONIC + 1; n <= 2 * LAST_HARMONIC && n * at < bins.length - LOBE_BINS - 1; n++) {
    sum += lobe(bins, n * at);
    count++;
  }
  return count < 4 ? 0 : sum / count;
}
