import type { QualitySample, Track } from '#libs/contracts';
import type { Sample } from './messages.js';

const FIGURES = 5;

/** Room for so many at first, and for twice as many each time it is full: most calls are shorter than what is kept. */
const FIRST_ROOM = 16;

/** The newest quality figures of one track, in few bytes: NaN stands for what could not be had. */
export class SampleLog {
  private times = new Float64Array(0);
  private figures = new Float32Array(0);
  private count = 0;

  constructor(
    private readonly track: Track,
    private readonly mostSamples: number,
  ) {}

  add(atMs: number, second: QualitySample): void {
    if (this.count === this.times.length && this.count < this.mostSamples) this.makeRoom();
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

  private makeRoom(): void {
    const { times, figures } = this;
    const room = Math.min(this.mostSamples, Math.max(FIRST_ROOM, 2 * times.length));
    this.times = new Float64Array(room);
    this.times.set(times);
    this.figures = new Float32Array(room * FIGURES);
    this.figures.set(figures);
  }

  private at(slot: number): Sample {
    const figure = (i: number) => {
      const value = this.figures[slot * FIGURES + i]!;
      return Number.isNaN(value) ? null : Math.round(value * 100) / 100;
    };
    return {
      track: this.track,
      atMs: this.times[slot]!,
      levelDbov: figure(0),
      snrDb: figure(1),
      clippingPercent: figure(2),
      jitterMs: figure(3),
      score: figure(4),
    };
  }
}
