/** Level of silence and of what is below it, in dBov. */
export const SILENCE_DBOV = -127;

/** Power of the samples of a stretch of time, full scale 1. */
export class LevelMeter {
  private power = 0;
  private count = 0;

  add(samples: Float32Array, length = samples.length): void {
    for (let i = 0; i < length; i++) this.power += samples[i]! * samples[i]!;
    this.count += length;
  }

  /** RMS in dBov (ITU-T G.100.1) since the last time it was asked for. */
  takeDbov(): number {
    const dbov =
      this.count === 0 || this.power === 0 ? SILENCE_DBOV : 10 * Math.log10(this.power / this.count);
    this.power = 0;
    this.count = 0;
    return Math.max(SILENCE_DBOV, dbov);
  }
}
