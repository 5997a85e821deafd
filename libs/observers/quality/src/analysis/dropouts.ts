import { ClickTest } from './dropout-clicks.js';
import { HoleSearch } from './dropout-holes.js';
import { DropoutLevel } from './dropout-level.js';
import { RepeatSearch } from './dropout-repeats.js';
import { DropoutWindow, type HopListener } from './dropout-window.js';
import type { Dropout } from './sound-figures.js';
import { ToneTest } from './tone-test.js';

const MOST_KEPT = 1000;
/** Longer than a concealed or muted stretch that counts lasts, as a rule. */
const CLICK_WAIT_MS = 160;
/** So near to a place where the line was cut off on purpose, nothing counts. */
const BREAK_MS = 60;
/** Nothing is known of the speech before it has begun. */
const FIRST_MS = 200;

/**
 * Finds stretches inside speech in which the sound was muted, repeated or torn. Clocked by samples alone; nothing depends on
 * how the sound is cut, and nothing is allocated but what is found.
 */
export class DropoutMeter implements HopListener {
  private readonly window: DropoutWindow;
  private readonly level = new DropoutLevel();
  private readonly holes: HoleSearch;
  private readonly repeats: RepeatSearch;
  private readonly clicks: ClickTest;
  private readonly dropouts: Dropout[] = [];
  private counted = 0;
  /** A step that waits for what follows it; none: -1. */
  private clickAt = -1;
  private readonly clickWait: number;
  private readonly breakGuard: number;
  /** The last place where what follows does not continue what was before. */
  private brokenAt = Number.NEGATIVE_INFINITY;
  private readonly firstAt: number;
  /** Of the stretch found last. */
  private lastEnd = Number.NEGATIVE_INFINITY;

  constructor(private readonly sampleRate: number) {
    this.window = new DropoutWindow(sampleRate, this);
    const tones = new ToneTest(sampleRate);
    this.holes = new HoleSearch(sampleRate, tones);
    this.repeats = new RepeatSearch(sampleRate, tones);
    this.firstAt = Math.round((sampleRate * FIRST_MS) / 1000);
    this.clickWait = Math.round((sampleRate * CLICK_WAIT_MS) / 1000);
    this.breakGuard = Math.round((sampleRate * BREAK_MS) / 1000);
    this.clicks = new ClickTest(sampleRate);
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

  /** What comes next does not continue what was before: `at` samples of the track have come. An utterance was cut off. */
  breakOff(at: number): void {
    this.brokenAt = at;
  }

  hop(samples: Int16Array, from: number, at: number): void {
    const length = this.window.hopSamples;
    this.level.note(samples, from, length);
    this.settleClick(at);
    if (this.holes.hop(samples, from, length, at, this.level))
      this.note(this.holes.foundAt, this.holes.foundSamples);
    if (this.repeats.hop(samples, from, length, at, this.level)) {
      this.note(this.repeats.foundAt, this.repeats.foundSamples);
    }
    if (this.clickAt < 0 && this.clicks.isTorn(samples, from, this.level)) this.clickAt = at;
  }

  /** A step at the edge of a stretch that is found later belongs to that stretch. */
  private settleClick(at: number): void {
    if (this.clickAt < 0 || at - this.clickAt < this.clickWait) return;
    if (this.clickAt > this.lastEnd + this.window.hopSamples) this.note(this.clickAt, 0);
    this.clickAt = -1;
  }

  private note(startAt: number, lengthSamples: number): void {
    if (startAt < this.lastEnd || startAt < this.firstAt) return;
    const end = startAt + lengthSamples;
    if (startAt - this.breakGuard <= this.brokenAt && this.brokenAt <= end + this.breakGuard) return;
    this.lastEnd = end;
    this.counted++;
    if (this.dropouts.length === MOST_KEPT) return;
    this.dropouts.push({
      atMs: (startAt * 1000) / this.sampleRate,
      durationMs: (lengthSamples * 1000) / this.sampleRate,
    });
  }
}
