import { Declick } from './declick.js';
import { JitterTarget } from './jitter-target.js';

/** Sound on its way to the loudspeaker, at the loudspeaker's rate. */
export interface Chunk {
  samples: Float32Array;
  /** When it ought to be played, in samples of the loudspeaker's clock; null where it may follow at once. */
  readonly due: number | null;
  /** The call's clock at its first sample; null where `due` is. */
  readonly atMs: number | null;
}

export interface JitterOptions {
  readonly sampleRate: number;
  /** Sound so much after the end of the sound before it, on the call's clock, is a new utterance, and waits for its time. */
  readonly pauseMs: number;
  /** Within an utterance, being early or late by more than this is made good where it is quiet. */
  readonly driftMs: number;
}

interface Waiting extends Chunk {
  readonly begins: boolean;
}

/** An answer of the AI comes faster than it is spoken; nobody talks longer than this in one go. */
const LONGEST_MS = 5 * 60_000;
/** Later than this, live sound is left out rather than played. */
const HOPELESS_MS = 1000;
/** Full scale 1: about -50 dBov. */
const QUIET = 0.003;
const SMOOTHING = 1 / 16;

/**
 * Turns sound that comes unevenly into sound without holes. Samples are neither stretched nor faded: they go out as they came,
 * but for a bridge of 2.5 ms where sound breaks off in the middle, and for quiet stretches that make up for clocks that drift.
 */
export class JitterBuffer {
  /** Samples of the stream that were taken in, and that have left, by playing or by being dropped. */
  written = 0;
  done = 0;
  /** Holes that were heard because sound came too late. */
  holes = 0;
  private chunks: Waiting[] = [];
  private head = 0;
  private offset = 0;
  private playing = false;
  /** Since when sound waits; when it ran out. */
  private waitingSince = 0;
  private ranOutAt: number | null = null;
  /** What is being played was shortened, so it is no hole when it ends. */
  private wasCut = false;
  /** On the call's clock: where the newest sound ends. */
  private endAtMs: number | null = null;
  private lag = 0;
  private readonly target = new JitterTarget();
  private readonly declick: Declick;
  private readonly perMs: number;

  constructor(private readonly options: JitterOptions) {
    this.declick = new Declick(options.sampleRate);
    this.perMs = options.sampleRate / 1000;
  }

  get depthMs(): number {
    return (this.written - this.done) / this.perMs;
  }

  /** False: not taken, there is far too much already. */
  push(chunk: Chunk, now: number): boolean {
    const { length } = chunk.samples;
    if (length === 0) return true;
    if (this.depthMs > LONGEST_MS) return false;
    const due = chunk.due === null ? null : Math.round(chunk.due);
    // By the call's clock: when it is due may change from one piece to the next, and speech is not torn apart for that.
    const { atMs } = chunk;
    const begins = atMs !== null && (this.endAtMs === null || atMs - this.endAtMs > this.options.pauseMs);
    if (this.head === this.chunks.length && !this.playing) this.wakes(now, begins);
    this.endAtMs = atMs === null ? null : Math.max(atMs, this.endAtMs ?? atMs) + length / this.perMs;
    this.chunks.push({ ...chunk, due, begins });
    this.written += length;
    this.wasCut = false;
    return true;
  }

  /** Fills `out`, with silence where there is no sound. `now`: the clock at its first sample. */
  read(out: Float32Array, now: number): void {
    let at = 0;
    while (at < out.length) {
      at = this.playing ? this.play(out, at, now + at) : this.wait(out, at, now + at);
    }
    this.target.passed(now / this.perMs);
  }

  /** Everything that waits is forgotten. */
  clear(): void {
    this.chunks = [];
    this.head = 0;
    this.offset = 0;
    this.done = this.written;
    this.endAtMs = null;
    this.ranOutAt = null;
    if (this.playing) this.stops();
  }

  /** Sound of this time of the call and later is forgotten. */
  cut(atMs: number): void {
    for (let i = this.chunks.length - 1; i >= this.head; i--) {
      const chunk = this.chunks[i]!;
      if (chunk.atMs === null) continue;
      const before = Math.max(0, Math.round((atMs - chunk.atMs) * this.perMs));
      const kept = Math.max(before, i === this.head ? this.offset : 0);
      if (kept >= chunk.samples.length) break;
      this.written -= chunk.samples.length - kept;
      chunk.samples = chunk.samples.subarray(0, kept);
    }
    this.endAtMs = null;
    this.wasCut = this.playing;
    this.skipSpent();
  }

  private wakes(now: number, begins: boolean): void {
    this.waitingSince = now;
    const { ranOutAt } = this;
    if (ranOutAt !== null && !begins && this.target.resumed((now - ranOutAt) / this.perMs, now / this.perMs))
      this.holes++;
    this.ranOutAt = null;
  }

  private wait(out: Float32Array, at: number, now: number): number {
    const silent = Math.min(this.untilStart(now), out.length - at);
    if (silent === 0) {
      this.starts(now);
      return at;
    }
    out.fill(0, at, at + silent);
    this.declick.apply(out, at, at + silent);
    return at + silent;
  }

  /** In samples; infinite while nothing is there. */
  private untilStart(now: number): number {
    const next = this.chunks[this.head];
    if (next === undefined) return Number.POSITIVE_INFINITY;
    if (next.due !== null) return Math.max(0, Math.round(next.due - now));
    const target = this.target.ms * this.perMs;
    if (this.written - this.done >= target) return 0;
    return Math.max(0, Math.round(this.waitingSince + target - now));
  }

  private starts(now: number): void {
    const next = this.chunks[this.head]!;
    this.playing = true;
    this.lag = next.due === null ? 0 : now - next.due;
    this.declick.breaks(next.samples[this.offset]!);
  }

  private stops(): void {
    this.playing = false;
    this.declick.breaks(0);
  }

  private play(out: Float32Array, at: number, now: number): number {
    const chunk = this.chunks[this.head];
    if (chunk === undefined) {
      this.ranOutAt = this.wasCut ? null : now;
      this.wasCut = false;
      this.stops();
      return at;
    }
    if (this.offset === 0 && chunk.due !== null && !this.inTime(chunk, chunk.due, now)) return at;
    const length = Math.min(out.length - at, chunk.samples.length - this.offset);
    if (chunk.due !== null && Math.abs(this.lag) > this.options.driftMs * this.perMs) {
      if (isQuiet(chunk.samples, this.offset, this.offset + length)) return this.makeUp(out, at, length);
    }
    out.set(chunk.samples.subarray(this.offset, this.offset + length), at);
    this.declick.apply(out, at, at + length);
    this.advance(length);
    return at + length;
  }

  /** False: it is not to be played now, and the state says why. */
  private inTime(chunk: Waiting, due: number, now: number): boolean {
    const lag = now - due;
    if (chunk.begins && lag < 0) {
      this.stops();
      return false;
    }
    if (lag > HOPELESS_MS * this.perMs) {
      this.advance(chunk.samples.length);
      const next = this.chunks[this.head];
      if (next !== undefined) this.declick.breaks(next.samples[0]!);
      return false;
    }
    this.lag = chunk.begins ? lag : this.lag + (lag - this.lag) * SMOOTHING;
    return true;
  }

  /** A quiet stretch is left out where the sound is late, and put in where it is early. */
  private makeUp(out: Float32Array, at: number, length: number): number {
    if (this.lag > 0) {
      this.advance(length);
      this.lag -= length;
      return at;
    }
    out.fill(0, at, at + length);
    this.declick.apply(out, at, at + length);
    this.lag += length;
    return at + length;
  }

  private advance(samples: number): void {
    this.offset += samples;
    this.done += samples;
    this.skipSpent();
  }

  private skipSpent(): void {
    for (
      let chunk = this.chunks[this.head];
      chunk !== undefined && this.offset >= chunk.samples.length;
      chunk = this.chunks[this.head]
    ) {
      this.head++;
      this.offset = 0;
    }
    if (this.head === this.chunks.length) {
      this.chunks.length = 0;
      this.head = 0;
    } else if (this.head > 256) {
      this.chunks.splice(0, this.head);
      this.head = 0;
    }
  }
}

function isQuiet(samples: Float32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (Math.abs(samples[i]!) > QUIET) return false;
  return true;
}
