import type { Dropout } from './sound-figures.js';

const MOST_KEPT = 1000;
/** |x| of a muted line: 0 in PCM and μ-law, 8 in A-law. */
const MUTED = 9;
const SHORTEST_MS = 8;
const LONGEST_MS = 1000;

/** Finds stretches inside speech in which the sound was muted, repeated or torn. */
export class DropoutMeter {
  private readonly dropouts: Dropout[] = [];
  private counted = 0;
  private position = 0;
  private muted = 0;
  private edge = 0;
  private level = 0;

  constructor(private readonly sampleRate: number) {}

  get count(): number {
    return this.counted;
  }

  /** The first thousand. */
  get found(): readonly Dropout[] {
    return this.dropouts;
  }

  push(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      const size = Math.abs(samples[i]!);
      if (size <= MUTED) {
        if (this.muted++ === 0) this.edge = this.level;
      } else {
        if (this.muted > 0) this.end(size);
        this.level += (size - this.level) / 16;
      }
      this.position++;
    }
  }

  private end(size: number): void {
    const durationMs = (this.muted * 1000) / this.sampleRate;
    if (durationMs >= SHORTEST_MS && durationMs <= LONGEST_MS && this.edge > 300 && size > 300) {
      this.counted++;
      if (this.dropouts.length < MOST_KEPT) {
        this.dropouts.push({ atMs: ((this.position - this.muted) * 1000) / this.sampleRate, durationMs });
      }
    }
    this.muted = 0;
  }
}
