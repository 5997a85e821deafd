import { type DropoutLevel, meanMagnitude } from './dropout-level.js';
import { KNOWN_BEFORE_MS } from './dropout-window.js';
import { EVERY_PLACE, type ToneTest } from './tone-test.js';

/** What packet-loss concealment repeats: the last frame, of one of these lengths. */
const FRAMES_MS = [10, 20, 30];
/** A repetition is looked for at places so far apart, each tested by a few samples. */
const STRIDE_MS = 2.5;
const PROBE = 5;
const SHORTEST_MS = 9.5;
/** Longer ones are tones whose period divides a frame: nobody conceals for so long. */
const LONGEST_MS = 150;
/** A repeated sample differs by rounding only. Voiced speech never repeats itself so exactly over a whole frame. */
const EXACT = 1;
const EXACT_SHIFT = 6;
/** Quieter sound repeats itself by chance; and before the frame that is repeated there was speech, not the onset of a tone. */
const LOUD_OF_SPEECH = 0.06;
const BEFORE_OF_SPEECH = 0.015;
const BEFORE_MS = 10;
/** Unless it begins and ends at borders of frames, give or take so much, where no tone begins but by chance. */
const GRID_MS = 10;
const GRID_SLACK_MS = 0.4;
/** What is made of lines repeats itself all the time. */
const TONE_MS = 20;

/** Finds stretches that repeat the frame before them, for one length of frame. */
class RepeatOf {
  foundAt = 0;
  foundSamples = 0;
  private readonly lag: number;
  private readonly stride: number;
  private readonly shortest: number;
  private readonly longest: number;
  private readonly before: number;
  /** As far back as the sound before the repeated frame is still known. */
  private readonly reach: number;
  private readonly grid: number;
  private readonly slack: number;
  private readonly tone: number;
  inside = false;
  private startAt = 0;
  private sum = 0;
  private beforeLevel = 0;

  constructor(
    sampleRate: number,
    frameMs: number,
    private readonly tones: ToneTest,
  ) {
    this.tone = Math.round((sampleRate * TONE_MS) / 1000);
    this.lag = Math.round((sampleRate * frameMs) / 1000);
    this.stride = Math.round((sampleRate * STRIDE_MS) / 1000);
    this.shortest = Math.round((sampleRate * SHORTEST_MS) / 1000);
    this.longest = Math.round((sampleRate * LONGEST_MS) / 1000);
    this.before = Math.round((sampleRate * BEFORE_MS) / 1000);
    this.reach = Math.round((sampleRate * (KNOWN_BEFORE_MS - BEFORE_MS - frameMs)) / 1000);
    this.grid = Math.round((sampleRate * GRID_MS) / 1000);
    this.slack = Math.round((sampleRate * GRID_SLACK_MS) / 1000);
  }

  hop(
    samples: Int16Array,
    from: number,
    length: number,
    at: number,
    speech: number,
    offset: number,
  ): boolean {
    const end = from + length;
    const lag = this.lag;
    const loud = LOUD_OF_SPEECH * speech;
    let found = false;
    let i = from;
    while (i < end) {
      if (!this.inside) {
        while (i < end && !isRepeated(samples, i, lag, loud, offset)) i += this.stride;
        if (i >= end) return found;
        let start = i;
        const earliest = i - this.reach;
        while (start > earliest && isSame(samples[start - 1]!, samples[start - 1 - lag]!, offset)) start--;
        this.inside = true;
        this.startAt = at + start - from;
        this.sum = (i - start) * meanMagnitude(samples, start, i + 1, offset);
        this.beforeLevel = meanMagnitude(samples, start - lag - this.before, start - lag, offset);
      }
      const first = i;
      while (i < end && isSame(samples[i]!, samples[i - lag]!, offset))
        this.sum += Math.abs(samples[i++]! - offset);
      if (i === end) return found;
      this.inside = false;
      if (this.judge(at + i - from, speech)) found = !this.isTone(samples, i) || found;
      // The places stay those counted from the hop's beginning.
      i = from + Math.ceil((Math.max(i, first + 1) - from) / this.stride) * this.stride;
    }
    return found;
  }

  private isTone(samples: Int16Array, end: number): boolean {
    return this.tones.linesIn(samples, EVERY_PLACE, end - this.tone, end) !== 'none';
  }

  private judge(endAt: number, speech: number): boolean {
    const length = endAt - this.startAt;
    if (length < this.shortest || length > this.longest) return false;
    if (this.sum < LOUD_OF_SPEECH * speech * length) return false;
    if (this.beforeLevel < BEFORE_OF_SPEECH * speech && !this.isFrames(length)) return false;
    this.foundAt = this.startAt;
    this.foundSamples = length;
    return true;
  }

  private isFrames(length: number): boolean {
    const early = (this.grid - (this.startAt % this.grid)) % this.grid;
    return early <= this.slack && length >= this.grid && (length - early) % this.grid <= this.slack;
  }
}

/** Finds stretches that repeat the frame before them exactly, but for rounding. */
export class RepeatSearch {
  /** Of the drop-out found last. */
  foundAt = 0;
  foundSamples = 0;
  private readonly lengths: readonly RepeatOf[];

  constructor(sampleRate: number, tones: ToneTest) {
    this.lengths = FRAMES_MS.map((frameMs) => new RepeatOf(sampleRate, frameMs, tones));
  }

  /** Returns true when a repetition ended in this hop. `level` has noted the hop. */
  hop(samples: Int16Array, from: number, length: number, at: number, level: DropoutLevel): boolean {
    const { speech, offset } = level;
    const isQuiet = level.hop < (LOUD_OF_SPEECH * speech) / 2;
    let found = false;
    for (let i = 0; i < this.lengths.length; i++) {
      const search = this.lengths[i]!;
      if (isQuiet && !search.inside) continue;
      if (!search.hop(samples, from, length, at, speech, offset)) continue;
      // A frame repeated over and over repeats itself at twice its length too; the earliest beginning tells all.
      if (found && search.foundAt >= this.foundAt) continue;
      this.foundAt = search.foundAt;
      this.foundSamples = search.foundSamples;
      found = true;
    }
    return found;
  }
}

function isSame(sample: number, before: number, offset: number): boolean {
  const difference = Math.abs(sample - before);
  return difference <= EXACT || difference <= Math.abs(sample - offset) >> EXACT_SHIFT;
}

function isRepeated(samples: Int16Array, from: number, lag: number, loud: number, offset: number): boolean {
  let peak = 0;
  for (let i = from; i < from + PROBE; i++) {
    const sample = samples[i]!;
    if (!isSame(sample, samples[i - lag]!, offset)) return false;
    const size = Math.abs(sample - offset);
    if (size > peak) peak = size;
  }
  return peak > loud;
}
