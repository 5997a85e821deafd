import type { QualitySample, Track } from '#libs/contracts';
import type { Sample } from './messages.js';

const FIGURES = 5;

/** The newest quality figures of one track, in few bytes: NaN stands for what could not be had. */
export class SampleLog {
  private times: Float64Array | null = null;
  private figures: Float32Array | null = null;
  private count = 0;

  constructor(
    private readonly track: Track,
    private readonly mostSamples: number,
  ) {}

  add(atMs: number, second: QualitySample): void {
    this.times ??= new Float64Array(this.mostSamples);
    this.figures ??= new Float32Array(this.mostSamples * FIGURES);
    const slot = this.count++ % this.mostSamples;
    this.times[slot] = atMs;
    this.figures.set(
      [
        second.levelDbov ?? Number.NaN,
        second.snrDb ?? Number.NaN,
        second.clippingPercent ?? Number.NaN,
        second.arrival?.jitterMs ?? Number.NaN,
        second.score ?? Number.NaN,
      ],
      slot * FIGURES,
    );
  }

  /** Oldest first. */
  get samples(): readonly Sample[] {
    const kept = Math.min(this.count, this.mostSamples);
    return Array.from({ length: kept }, (_, i) => this.at((this.count - kept + i) % this.mostSamples));
  }

  private at(slot: number): Sample {
    const figure = (i: number) => {
      const value = this.figures![slot * FIGURES + i]!;
      return Number.isNaN(value) ? null : Math.round(value * 100) / 100;
    };
    return {
      track: this.track,
      atMs: this.times![slot]!,
      levelDbov: figure(0),
      snrDb: figure(1),
      clippingPercent: figure(2),
      jitterMs: figure(3),
      score: figure(4),
    };
  }
}
