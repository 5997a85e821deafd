import { Resampler } from '#libs/audio';
import { isQuiet, lengthened, shortened } from './splice.js';
import type { Part, TrackQueue } from './track-queue.js';

/** A shorter hole is the network's jitter and is closed; a longer one is a pause and is kept. */
const JOIN_MS = 30;
/** Sound that was sent while the sound before it still played is not parted, up to here. */
const FOLLOWS_MS = 300;
/** What would be laid later than this behind its time is left out. */
const MOST_LATE_MS = 1000;
/** Sound may be off its place by so much; more is set right where it is quiet … */
const SLACK_MS = 3;
/** … and beyond this also where it is not, faded, step by step. */
const MOST_OFF_MS = 12;
const STEP_MS = 10;
const STEP_EVERY_MS = 200;

const NOTHING = new Int16Array(0);

/**
 * Lays the sound of one track into the recording. Each piece has a place by the clock. Sound that goes on is laid behind the sound
 * before it, so that jitter never tears it; the error that this leaves is set right where it is quiet, and where it never is
 * by a faded splice of 10 ms, five times a second at most.
 */
export class TrackLine {
  /** Where the next sample will lie. */
  private next = 0;
  private isOn = false;
  private nextStep = 0;
  /** Laid beyond what was asked for so far; its last sample stands before `next`. */
  private over: Int16Array = NOTHING;
  private resampler: Resampler | null = null;

  /** `startMs`: the zero of the recording on the gateway's clock. */
  constructor(
    private readonly queue: TrackQueue,
    private readonly sampleRate: number,
    private readonly startMs: number,
    private readonly channel: 0 | 1,
  ) {}

  /** Fills this channel of `frames`, two samples each, which stand from `from` on in the recording. */
  render(stereo: Int16Array, from: number, frames: number): void {
    const end = from + frames;
    const { over } = this;
    this.over = NOTHING;
    this.next = Math.max(from, this.next - over.length);
    const emit = (samples: Int16Array) => this.put(samples, stereo, from, end);
    emit(over);
    while (this.next < end) {
      const endMs = this.startMs + (end * 1000) / this.sampleRate;
      const part = this.isOn
        ? this.queue.take(endMs + JOIN_MS, endMs + FOLLOWS_MS)
        : this.queue.take(endMs, endMs);
      if (part === null) break;
      this.lay(part, emit);
    }
    if (this.next < end && this.isOn) this.breakOff(emit);
  }

  private lay(part: Part, emit: (samples: Int16Array) => void): void {
    const { sampleRate } = this;
    const place =
      Math.round(((part.startMs - this.startMs) * sampleRate) / 1000) - this.delay(part.sampleRate);
    const offMs = ((place - this.next) * 1000) / sampleRate;
    if (offMs < -MOST_LATE_MS) return;
    if (this.isOn && offMs > (part.follows ? FOLLOWS_MS : JOIN_MS)) this.breakOff(emit);
    const samples = this.converted(part);
    if (this.isOn) {
      emit(this.setRight(samples, offMs));
      return;
    }
    // Sound from before the recording began is none of it.
    const fresh = place < 0 && this.next === 0 ? samples.subarray(Math.min(samples.length, -place)) : samples;
    if (fresh.length === 0) return;
    this.isOn = true;
    this.next = Math.max(this.next, place);
    emit(fresh);
  }

  private setRight(samples: Int16Array, offMs: number): Int16Array {
    const distance = Math.abs(offMs);
    if (distance <= SLACK_MS || samples.length === 0) return samples;
    const { sampleRate } = this;
    if (isQuiet(samples)) {
      const off = Math.round((distance * sampleRate) / 1000);
      if (offMs < 0) return samples.subarray(Math.min(samples.length, off));
      this.next += off;
      return samples;
    }
    if (distance <= MOST_OFF_MS || this.next < this.nextStep) return samples;
    this.nextStep = this.next + (STEP_EVERY_MS * sampleRate) / 1000;
    const step = (STEP_MS * sampleRate) / 1000;
    return offMs > 0 ? lengthened(samples, step) : shortened(samples, step);
  }

  /** Nothing goes on here: the last sound comes out of the filter, and the next begins anew. */
  private breakOff(emit: (samples: Int16Array) => void): void {
    const { resampler } = this;
    this.isOn = false;
    this.resampler = null;
    if (resampler === null) return;
    const rest = Math.ceil((resampler.delayMs * resampler.fromRate) / 1000);
    emit(resampler.resample(new Int16Array(rest)));
  }

  private converted({ samples, sampleRate }: Part): Int16Array {
    if (sampleRate === this.sampleRate) {
      this.resampler = null;
      return samples;
    }
    if (this.resampler?.fromRate !== sampleRate) this.resampler = new Resampler(sampleRate, this.sampleRate);
    return this.resampler.resample(samples);
  }

  /** A filter gives sound later; it is laid as much earlier. */
  private delay(fromRate: number): number {
    if (fromRate === this.sampleRate) return 0;
    const delayMs =
      this.resampler?.fromRate === fromRate
        ? this.resampler.delayMs
        : new Resampler(fromRate, this.sampleRate).delayMs;
    return Math.round((delayMs * this.sampleRate) / 1000);
  }

  private put(samples: Int16Array, stereo: Int16Array, from: number, end: number): void {
    if (samples.length === 0) return;
    const here = Math.max(0, Math.min(samples.length, end - this.next));
    let at = (this.next - from) * 2 + this.channel;
    for (let i = 0; i < here; i++, at += 2) stereo[at] = samples[i]!;
    if (here < samples.length) this.keep(samples.subarray(here), end);
    this.next += samples.length;
  }

  /** Sound that begins behind `end` has silence before it. */
  private keep(samples: Int16Array, end: number): void {
    const begin = Math.max(this.next, end) - end;
    const kept = new Int16Array(Math.max(this.over.length, begin) + samples.length);
    kept.set(this.over);
    kept.set(samples, kept.length - samples.length);
    this.over = kept;
  }
}
