import { PowerSpectrum } from './power-spectrum.js';
import type { SampleRing } from './sample-ring.js';

const SPECTRUM_SIZE = 512;
const BANDS = SPECTRUM_SIZE / 4;
const LOOKS_A_SECOND = 3;
/** A look is worth taking from this share of the usual power on. */
const WORTH = 1 / 16;
/** How much of the older spectrum stays after each look; about eight seconds. */
const KEEP = 0.96;
/** Bands that are averaged to find where the spectrum lies lowest, and how far above that is sound. */
const PLATEAU_BANDS = 6;
const ABOVE_FLOOR = 4;
/** What lies this far (50 dB) below the strongest band is not heard beside it: the skirt of a gentle filter is no sound. */
const HEARD = 1e-5;
const MIN_LOOKS = 3;

const SPECTRUM = new PowerSpectrum(SPECTRUM_SIZE);

/**
 * Where the long-term spectrum of the louder parts falls to its floor. The floor is the lowest plateau of the spectrum
 * itself: quantisation, a filter's stop band, or a quieter noise.
 */
export class BandwidthMeter {
  private readonly call = new Float32Array(BANDS);
  private readonly recent = new Float32Array(BANDS);
  private looks = 0;
  private due = 1;
  private usualPower = 0;

  constructor(
    private readonly sampleRate: number,
    private readonly ring: SampleRing,
  ) {}

  get callHz(): number | null {
    return this.edgeOf(this.call);
  }

  get recentHz(): number | null {
    return this.edgeOf(this.recent);
  }

  /** `hop` counts within the second, from 1 to `hopsASecond`. */
  endHop(power: number, hop: number, hopsASecond: number): void {
    this.usualPower += (power - this.usualPower) * (power > this.usualPower ? 0.05 : 0.002);
    if (this.due <= LOOKS_A_SECOND && hop * LOOKS_A_SECOND >= (this.due - 0.7) * hopsASecond) {
      if (power > WORTH * this.usualPower && power > 1) {
        this.look();
        this.due++;
      } else if (hop * LOOKS_A_SECOND >= this.due * hopsASecond) this.due++;
    }
    if (hop === hopsASecond) this.due = 1;
  }

  private look(): void {
    const bins = SPECTRUM.transform(this.ring);
    for (let b = 0; b < BANDS; b++) {
      const power = bins[2 * b]! + bins[2 * b + 1]!;
      this.call[b] = this.call[b]! + power;
      this.recent[b] = this.recent[b]! * KEEP + power;
    }
    this.looks++;
  }

  private edgeOf(bands: Float32Array): number | null {
    if (this.looks < MIN_LOOKS) return null;
    let sum = 0;
    let lowest = Number.POSITIVE_INFINITY;
    let strongest = 0;
    for (let b = 0; b < BANDS; b++) {
      sum += bands[b]! - (b >= PLATEAU_BANDS ? bands[b - PLATEAU_BANDS]! : 0);
      if (b >= PLATEAU_BANDS && sum < lowest) lowest = sum;
      if (bands[b]! > strongest) strongest = bands[b]!;
    }
    const threshold = Math.max((ABOVE_FLOOR * lowest) / PLATEAU_BANDS, HEARD * strongest, 1e-6);
    let band = BANDS - 1;
    while (band > 1 && (bands[band]! + bands[band - 1]!) / 2 <= threshold) band--;
    return ((band + 0.5) / BANDS) * (this.sampleRate / 2);
  }
}
