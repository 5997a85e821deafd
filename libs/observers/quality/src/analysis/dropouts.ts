import { HoleSearch } from './dropout-holes.js';
import { DropoutLevel } from './dropout-level.js';
import { DropoutWindow, type HopListener } from './dropout-window.js';
import type { Dropout } from './sound-figures.js';

const MOST_KEPT = 1000;

/**
 * Finds stretches inside speech in which the sound was muted, repeated or torn. Clocked by samples alone; nothing depends on
 * how the sound is cut, and nothing is allocated but what is found.
 */
export class DropoutMeter implements HopListener {
  private readonly window: DropoutWindow;
  private readonly level = new DropoutLevel();
  private readonly holes: HoleSearch;
  private readonly dropouts: Dropout[] = [];
  private counted = 0;

  constructor(private readonly sampleRate: number) {
    this.window = new DropoutWindow(sampleRate, this);
    this.holes = new HoleSearch(sampleRate);
  }

  /** All of the track so far; sound of the last 20 ms is not yet judged. */
  get count(): number {
    return this.counted;
  }

  /** The first thousand, in the order in which they ended. */
  get found(): readonly Dropout[] {
    return this.dropouts;
  }

  push(samples: Int16Array): void {
    this.window.push(samples);
  }

  hop(samples: Int16Array, from: number, at: number): void {
    const length = this.window.hopSamples;
    this.level.note(samples, from, length);
    if (this.holes.hop(samples, from, length, at, this.level.speech)) {
      this.note(this.holes.foundAt, this.holes.foundSamples);
    }
  }

  private note(startAt: number, lengthSamples: number): void {
    this.counted++;
    if (this.dropouts.length === MOST_KEPT) return;
    this.dropouts.push({
      atMs: (startAt * 1000) / this.sampleRate,
      durationMs: (lengthSamples * 1000) / this.sampleRate,
    });
  }
}
