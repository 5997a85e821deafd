import { type DropoutLevel, meanMagnitude } from './dropout-level.js';
import { EVERY_PLACE, type ToneTest } from './tone-test.js';

/** |x| of a muted line is 0 in PCM and μ-law and 8 in A-law. A hole filled with comfort noise is this much below speech. */
const MUTED = 9;
const MUTED_OF_SPEECH = 1 / 64;
/** On a line with a DC offset a hole may be at the offset too, which is known about as well as this share of it. */
const OFFSET_ASTRAY = 8;
/** A hole is looked for at places so far apart, each tested by a few samples; so the shortest found is a little longer. */
const STRIDE_MS = 4;
const PROBE = 4;
const SHORTEST_MS = 8;
/** Longer ones are silences: nobody's packet loss, and told by the arrival of frames. */
const LONGEST_MS = 1000;
/** What is compared at an edge: the sound right at it, with the sound further away. */
const EDGE_MS = 3;
const BEFORE_MS = 20;
const AFTER_MS = 10;
/** Speech decays into a pause or a stop closure; where a line is cut it is as loud at the edge as before. */
const CUT_OF_SPEECH = 0.03;
const CUT_OF_BEFORE = 0.15;
const CUT_OF_AFTER = 0.1;
const EDGES_OF_SPEECH = 0.15;
/**
 * Synthetic voices have pauses and stop closures of digital silence with edges as steep, so an abrupt edge alone proves
 * nothing. But a line that mutes leaves one value throughout, right up to the first sample of speech, while a voice that was
 * resampled or filtered rings before it is silent; and lost frames are multiples of 10 ms long and begin where a frame does.
 */
const STEP_OF_SPEECH = 0.3;
const STEP_OF_FRAMES = 0.16;
/** Longer ones that are not of one value are pauses. */
const LONGEST_UNEVEN_MS = 210;
const FRAMES_MS = 10;
/** Samples next to a hole may be as small as those in it: this much longer than whole frames is still whole frames. */
const FRAMES_SLACK_MS = 0.3;
/** A frame is lost at least. Shorter holes need one value and a step. */
const SHORTEST_REAL_MS = 18;
/**
 * What suffices where one value begins and ends on frames' borders: nearly no small samples next to it, sound near it, and
 * some of that at the edge.
 */
const EVEN_JOINT_MS = 1.5;
const EVEN_AROUND = 0.1;
const EVEN_EDGE = 0.01;
/** A tone ends and begins as it pleases. */
const TONE_MS = 20;

/** Finds muted stretches with abrupt edges inside speech. */
export class HoleSearch {
  /** Of the drop-out found last. */
  foundAt = 0;
  foundSamples = 0;
  private readonly stride: number;
  private readonly shortest: number;
  private readonly shortestReal: number;
  private readonly joint: number;
  private readonly longestUneven: number;
  private readonly longest: number;
  private readonly edge: number;
  private readonly before: number;
  private readonly after: number;
  private inside = false;
  private startAt = 0;
  private centre = 0;
  private limit = MUTED;
  private isEdgeKnown = true;
  private edgeStep = 0;
  private edgeLevel = 0;
  private beforeLevel = 0;
  private isAfterTone = false;
  private readonly tone: number;
  /** The longest run of one value in the hole, and the one under way. */
  private evenAt = 0;
  private evenSamples = 0;
  private runAt = 0;
  private runValue = 0;
  private readonly frame: number;
  private readonly slack: number;
  /** Where the last hole ended, so that the search does not walk back into it. */
  private endedAt = 0;

  constructor(
    sampleRate: number,
    private readonly tones: ToneTest,
  ) {
    this.tone = Math.round((sampleRate * TONE_MS) / 1000);
    this.stride = Math.round((sampleRate * STRIDE_MS) / 1000);
    this.shortest = Math.round((sampleRate * SHORTEST_MS) / 1000);
    this.shortestReal = Math.round((sampleRate * SHORTEST_REAL_MS) / 1000);
    this.joint = Math.round((sampleRate * EVEN_JOINT_MS) / 1000);
    this.longestUneven = Math.round((sampleRate * LONGEST_UNEVEN_MS) / 1000);
    this.longest = Math.round((sampleRate * LONGEST_MS) / 1000);
    this.edge = Math.round((sampleRate * EDGE_MS) / 1000);
    this.before = Math.round((sampleRate * BEFORE_MS) / 1000);
    this.after = Math.round((sampleRate * AFTER_MS) / 1000);
    this.frame = Math.round((sampleRate * FRAMES_MS) / 1000);
    this.slack = Math.round((sampleRate * FRAMES_SLACK_MS) / 1000);
  }

  /** Returns true when a drop-out ended in this hop. `level` has noted it. */
  hop(samples: Int16Array, from: number, length: number, at: number, level: DropoutLevel): boolean {
    const { speech, offset } = level;
    let i = from;
    const end = from + length;
    let found = false;
    const zeroAt = at - from;
    while (i < end) {
      if (!this.inside) {
        i = this.seek(samples, i, end, from, at, level);
        if (!this.inside) return found;
      }
      i = this.leave(samples, i, end, zeroAt);
      if (i < end) {
        this.inside = false;
        this.endedAt = zeroAt + i;
        this.endRun(this.endedAt);
        const lasted = this.endedAt - this.startAt;
        if (lasted < this.shortest || lasted > this.longest) continue;
        this.knowEdge(samples, zeroAt, offset);
        found = this.judge(samples, i, lasted, speech, offset) || found;
      }
    }
    if (this.inside) this.knowEdge(samples, zeroAt, offset);
    return found;
  }

  /** Returns where to go on: past the end, or inside a hole whose beginning is then known. */
  private seek(
    samples: Int16Array,
    first: number,
    end: number,
    from: number,
    at: number,
    { speech, offset }: DropoutLevel,
  ): number {
    const limit = Math.max(MUTED, speech * MUTED_OF_SPEECH);
    const astray = Math.max(limit, Math.abs(offset) / OFFSET_ASTRAY);
    // The places are fixed by the hop's own beginning, so that they do not depend on earlier holes.
    let i = from + Math.ceil((first - from) / this.stride) * this.stride;
    for (; i < end; i += this.stride) {
      const sample = samples[i]!;
      const centre = sample <= limit && sample >= -limit ? 0 : sample;
      if (centre !== 0 && Math.abs(centre - offset) > astray) continue;
      if (!isMuted(samples, i, centre, limit)) continue;
      let start = i;
      const earliest = Math.max(i - this.stride, from + this.endedAt - at, 0);
      while (start > earliest && Math.abs(samples[start - 1]! - centre) <= limit) start--;
      this.inside = true;
      this.centre = centre;
      this.limit = limit;
      this.startAt = at + start - from;
      this.evenSamples = 0;
      this.runAt = this.startAt;
      this.runValue = samples[start]!;
      this.isEdgeKnown = false;
      // The hole is read on from where it began, if that was in the hop before.
      return start;
    }
    return end;
  }

  /** `zeroAt`: the place in the track of samples[0]. */
  private leave(samples: Int16Array, first: number, end: number, zeroAt: number): number {
    const highest = this.centre + this.limit;
    const lowest = this.centre - this.limit;
    let value = this.runValue;
    let i = first;
    for (; i < end; i++) {
      const sample = samples[i]!;
      if (sample === value) continue;
      if (sample > highest || sample < lowest) break;
      this.endRun(zeroAt + i);
      this.runAt = zeroAt + i;
      value = sample;
    }
    this.runValue = value;
    return i;
  }

  /** While what was before the hole is still in `samples`, and only of holes that are long enough to matter. */
  private knowEdge(samples: Int16Array, zeroAt: number, offset: number): void {
    if (this.isEdgeKnown) return;
    this.isEdgeKnown = true;
    const start = this.startAt - zeroAt;
    this.edgeStep = Math.abs(samples[start - 1]! - this.centre);
    this.edgeLevel = meanMagnitude(samples, start - this.edge, start, offset);
    this.beforeLevel = meanMagnitude(samples, start - this.edge - this.before, start - this.edge, offset);
    this.isAfterTone = this.isTone(samples, start - this.tone);
  }

  private endRun(endAt: number): void {
    if (endAt - this.runAt <= this.evenSamples) return;
    this.evenAt = this.runAt;
    this.evenSamples = endAt - this.runAt;
  }

  private judge(samples: Int16Array, end: number, length: number, speech: number, offset: number): boolean {
    const isEven = length - this.evenSamples <= 2 * this.slack;
    const isLong = length >= this.shortestReal;
    if (!(isLong && this.isFramesOfOneValue(length) && this.isInSpeech(samples, end, speech, offset))) {
      if (!isEven && !isLong) return false;
      if (!this.isAbrupt(samples, end, speech, offset)) return false;
      if (!this.isProven(Math.abs(samples[end]! - this.centre), length, isEven, speech)) return false;
    }
    if (this.isAfterTone || this.isTone(samples, end)) return false;
    this.foundAt = this.startAt;
    this.foundSamples = length;
    return true;
  }

  private isTone(samples: Int16Array, from: number): boolean {
    return this.tones.linesIn(samples, EVERY_PLACE, from, from + this.tone) !== 'none';
  }

  private isFramesOfOneValue(length: number): boolean {
    return length - this.evenSamples <= this.joint && this.isFrames(this.evenAt, this.evenSamples);
  }

  /** Whether it begins and ends at borders of frames. */
  private isFrames(startAt: number, length: number): boolean {
    const early = (this.frame - (startAt % this.frame)) % this.frame;
    return early <= this.slack && length >= this.frame && (length - early) % this.frame <= this.slack;
  }

  private isInSpeech(samples: Int16Array, end: number, speech: number, offset: number): boolean {
    const after = meanMagnitude(samples, end, end + this.edge, offset);
    const later = meanMagnitude(samples, end, end + 2 * this.after, offset);
    const least = EVEN_EDGE * speech;
    return (
      this.edgeLevel > least &&
      after > least &&
      Math.max(this.edgeLevel, this.beforeLevel) > EVEN_AROUND * speech &&
      Math.max(after, later) > EVEN_AROUND * speech
    );
  }

  private isAbrupt(samples: Int16Array, end: number, speech: number, offset: number): boolean {
    const after = meanMagnitude(samples, end, end + this.edge, offset);
    const later = meanMagnitude(samples, end + this.edge, end + this.edge + this.after, offset);
    const least = CUT_OF_SPEECH * speech;
    return (
      this.edgeLevel > least &&
      after > least &&
      this.edgeLevel > CUT_OF_BEFORE * this.beforeLevel &&
      after > CUT_OF_AFTER * later &&
      this.edgeLevel + after > EDGES_OF_SPEECH * speech
    );
  }

  private isProven(endStep: number, length: number, isEven: boolean, speech: number): boolean {
    const step = Math.max(this.edgeStep, endStep) + Math.min(this.edgeStep, endStep) / 2;
    if (isEven && length % this.frame <= this.slack && step > STEP_OF_FRAMES * speech) return true;
    if (step < STEP_OF_SPEECH * speech) return false;
    return isEven || (length < this.longestUneven && this.isFrames(this.startAt, length));
  }
}

function isMuted(samples: Int16Array, from: number, centre: number, limit: number): boolean {
  for (let i = from; i < from + PROBE; i++) {
    const distance = samples[i]! - centre;
    if (distance > limit || distance < -limit) return false;
  }
  return true;
}
