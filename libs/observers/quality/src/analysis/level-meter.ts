import { dbovFromPower } from '#libs/audio';

const FULL_SCALE = 32768;

/** Power and mean of everything, by the second and of the call. */
export class LevelMeter {
  private samples = 0;
  private sum = 0;
  private squares = 0;
  private callSamples = 0;
  private callSum = 0;
  private callSquares = 0;
  /** Of the last completed second; the sound's mean is no part of the level. */
  secondDbov = 0;
  secondDcOffset = 0;

  /** `sum` and `squares` are of `count` samples less `dc`. */
  add(count: number, sum: number, squares: number, dc: number): void {
    this.samples += count;
    this.sum += sum + dc * count;
    this.squares += squares + 2 * dc * sum + dc * dc * count;
  }

  endSecond(): void {
    this.secondDbov = dbovFromPower(variance(this.samples, this.sum, this.squares));
    this.secondDcOffset = this.sum / this.samples / FULL_SCALE;
    this.callSamples += this.samples;
    this.callSum += this.sum;
    this.callSquares += this.squares;
    this.samples = 0;
    this.sum = 0;
    this.squares = 0;
  }

  get callDbov(): number {
    return dbovFromPower(
      variance(this.callSamples + this.samples, this.callSum + this.sum, this.callSquares + this.squares),
    );
  }

  get callDcOffset(): number {
    const samples = this.callSamples + this.samples;
    return samples === 0 ? 0 : (this.callSum + this.sum) / samples / FULL_SCALE;
  }
}

function variance(samples: number, sum: number, squares: number): number {
  if (samples === 0) return 0;
  const mean = sum / samples;
  return Math.max(0, squares / samples - mean * mean);
}
