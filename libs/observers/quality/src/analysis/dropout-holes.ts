import { meanMagnitude } from './dropout-level.js';

/** |x| of a muted line is 0 in PCM and μ-law and 8 in A-law. A hole filled with comfort noise is this much below speech. */
const MUTED = 9;
const MUTED_OF_SPEECH = 1 / 64;
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
 * Synthetic voices have stop closures of digital silence, so an abrupt edge alone proves nothing there. Their waves still
 * end near zero, while a cut leaves a step; and lost frames are multiples of 10 ms long and begin where a frame begins.
 */
const STEP_OF_SPEECH = 0.3;
const STEP_OF_FRAMES = 0.16;
const STEP_ON_GRID = 0.03;
const FRAMES_MS = 10;
/** Samples next to a hole may be as small as those in it: this much longer than whole frames is still whole frames. */
const FRAMES_SLACK_MS = 0.3;
/** Holes without such proof count while they are rare: doubt fades over this many hops of speech. */
const DOUBT_HOPS = 1500;
const DOUBT_AT_MOST = 0.5;
/** A line that loses sound leaves many proofs for each doubtful hole, a synthetic voice hardly any. */
const PROVEN_WEIGHT = 0.3;

/** Finds muted stretches with abrupt edges inside speech. */
export class HoleSearch {
  /** Of the drop-out found last. */
  foundAt = 0;
  foundSamples = 0;
  private readonly stride: number;
  private readonly shortest: number;
  private readonly longest: number;
  private readonly edge: number;
  private readonly before: number;
  private readonly after: number;
  private inside = false;
  private startAt = 0;
  private limit = MUTED;
  private edgeStep = 0;
  private edgeLevel = 0;
  private beforeLevel = 0;
  private doubt = 1;
  private proven = 0;
  private readonly frame: number;
  private readonly slack: number;
  /** Where the last hole ended, so that the search does not walk back into it. */
  private endedAt = 0;

  constructor(sampleRate: number) {
    this.stride = Math.round((sampleRate * STRIDE_MS) / 1000);
    this.shortest = Math.round((sampleRate * SHORTEST_MS) / 1000);
    this.longest = Math.round((sampleRate * LONGEST_MS) / 1000);
    this.edge = Math.round((sampleRate * EDGE_MS) / 1000);
    this.before = Math.round((sampleRate * BEFORE_MS) / 1000);
    this.after = Math.round((sampleRate * AFTER_MS) / 1000);
    this.frame = Math.round((sampleRate * FRAMES_MS) / 1000);
    this.slack = Math.round((sampleRate * FRAMES_SLACK_MS) / 1000);
  }

  /** Whether the hop lies in a hole, or partly. */
  get isInside(): boolean {
    return this.inside;
  }

  /** Returns true when a drop-out ended in this hop. `speech`: mean magnitude of speech on this track so far. */
  hop(samples: Int16Array, from: number, length: number, at: number, speech: number): boolean {
    let i = from;
    const end = from + length;
    let found = false;
    if (!this.inside) {
      this.doubt -= this.doubt / DOUBT_HOPS;
      this.proven -= this.proven / DOUBT_HOPS;
    }
    while (i < end) {
      if (!this.inside) {
        i = this.seek(samples, i, end, from, at, speech);
        if (!this.inside) return found;
      }
      i = this.leave(samples, i, end);
      if (i < end) {
        this.inside = false;
        this.endedAt = at + i - from;
        found = this.judge(samples, i, speech) || found;
      }
    }
    return found;
  }

  /** Returns where to go on: past the end, or inside a hole whose beginning is then known. */
  private seek(
    samples: Int16Array,
    first: number,
    end: number,
    from: number,
    at: number,
    speech: number,
  ): number {
    const limit = Math.max(MUTED, speech * MUTED_OF_SPEECH);
    // The places are fixed by the hop's own beginning, so that they do not depend on earlier holes.
    let i = from + Math.ceil((first - from) / this.stride) * this.stride;
    for (; i < end; i += this.stride) {
      if (!isMuted(samples, i, limit)) continue;
      let start = i;
      const earliest = Math.max(i - this.stride, from + this.endedAt - at, 0);
      while (start > earliest && Math.abs(samples[start - 1]!) <= limit) start--;
      this.inside = true;
      this.limit = limit;
      this.startAt = at + start - from;
      this.edgeStep = Math.abs(samples[start - 1]!);
      this.edgeLevel = meanMagnitude(samples, start - this.edge, start);
      this.beforeLevel = meanMagnitude(samples, start - this.edge - this.before, start - this.edge);
      return i;
    }
    return end;
  }

  private leave(samples: Int16Array, first: number, end: number): number {
    const limit = this.limit;
    let i = first;
    for (; i < end; i++) {
      const sample = samples[i]!;
      if (sample > limit || sample < -limit) break;
    }
    return i;
  }

  private judge(samples: Int16Array, end: number, speech: number): boolean {
    const length = this.endedAt - this.startAt;
    if (length < this.shortest || length > this.longest || !this.isAbrupt(samples, end, speech)) return false;
    if (this.isProven(Math.abs(samples[end]!), length, speech)) this.proven++;
    else if (this.doubt++ > DOUBT_AT_MOST + PROVEN_WEIGHT * this.proven) return false;
    this.foundAt = this.startAt;
    this.foundSamples = length;
    return true;
  }

  private isAbrupt(samples: Int16Array, end: number, speech: number): boolean {
    const after = meanMagnitude(samples, end, end + this.edge);
    const later = meanMagnitude(samples, end + this.edge, end + this.edge + this.after);
    const least = CUT_OF_SPEECH * speech;
    return (
      this.edgeLevel > least &&
      after > least &&
      this.edgeLevel > CUT_OF_BEFORE * this.beforeLevel &&
      after > CUT_OF_AFTER * later &&
      this.edgeLevel + after > EDGES_OF_SPEECH * speech
    );
  }

  private isProven(endStep: number, length: number, speech: number): boolean {
    const step = Math.max(this.edgeStep, endStep) + Math.min(this.edgeStep, endStep) / 2;
    if (step > STEP_OF_SPEECH * speech) return true;
    if (length % this.frame > this.slack) return false;
    const early = (this.frame - (this.startAt % this.frame)) % this.frame;
    return step > (early <= this.slack ? STEP_ON_GRID : STEP_OF_FRAMES) * speech;
  }
}

function isMuted(samples: Int16Array, from: number, limit: number): boolean {
  for (let i = from; i < from + PROBE; i++) {
    const sample = samples[i]!;
    if (sample > limit || sample < -limit) return false;
  }
  return true;
}
