import { decodeAlaw, decodeMulaw, samplesFromBytes } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';

/** What the agent said in one go, as it was heard. Times on the clock. */
export interface Utterance {
  readonly startedMs: number;
  /** When the sound that began it arrived; the difference is what lay queued before it. */
  readonly arrivedMs: number;
  /** Of its last audible sample so far. */
  endedMs: number;
}

/** One piece of what was heard, kept for the recording. */
export interface HeardPiece {
  readonly atMs: number;
  readonly bytes: Uint8Array;
  readonly format: AudioFormat;
}

/** Below this peak (about -41 dBFS) sound counts as silence: converters ring, and lines are never quite still. */
const AUDIBLE_PEAK = 300;
/** A pause of this length ends an utterance; speakers pause for breath for less. */
const UTTERANCE_PAUSE_MS = 700;

export function linear(bytes: Uint8Array, format: AudioFormat): Int16Array {
  if (format.encoding === 'mulaw') return decodeMulaw(bytes);
  return format.encoding === 'alaw' ? decodeAlaw(bytes) : samplesFromBytes(bytes);
}

/** First and last audible sample, or null if there is none. */
export function audibleRange(samples: Int16Array): { readonly first: number; readonly last: number } | null {
  const audible = (sample: number) => Math.abs(sample) > AUDIBLE_PEAK;
  const first = samples.findIndex(audible);
  return first < 0 ? null : { first, last: samples.findLastIndex(audible) };
}

/** The caller's ear: notices when the agent speaks, measures how loud, and keeps what was heard. */
export class Ear {
  readonly utterances: Utterance[] = [];
  readonly pieces: HeardPiece[] = [];
  private current: Utterance | null = null;
  private energy = 0;
  private audibleSamples = 0;
  private peak = 0;

  constructor(private readonly keep: boolean) {}

  hear(bytes: Uint8Array, format: AudioFormat, atMs: number, arrivedMs: number): void {
    if (this.keep) this.pieces.push({ atMs, bytes, format });
    const samples = linear(bytes, format);
    const range = audibleRange(samples);
    if (range === null) return;
    const sampleMs = 1000 / format.sampleRate;
    this.measure(samples);
    const startedMs = atMs + range.first * sampleMs;
    if (this.current === null || startedMs - this.current.endedMs > UTTERANCE_PAUSE_MS) {
      this.current = { startedMs, arrivedMs, endedMs: startedMs };
      this.utterances.push(this.current);
    }
    this.current.endedMs = atMs + (range.last + 1) * sampleMs;
  }

  /** What is queued was thrown away: the utterance ends here, whatever comes next is a new one. */
  cut(): void {
    this.current = null;
  }

  get last(): Utterance | null {
    return this.utterances.at(-1) ?? null;
  }

  /** Time since the agent was last heard; infinite when it never was. */
  quietMs(nowMs: number): number {
    return nowMs - (this.last?.endedMs ?? Number.NEGATIVE_INFINITY);
  }

  /** Of the audible pieces; null when nothing was heard. */
  get levelDbfs(): number | null {
    return this.audibleSamples === 0 ? null : 10 * Math.log10(this.energy / this.audibleSamples / 32768 ** 2);
  }

  get peakDbfs(): number | null {
    return this.peak === 0 ? null : 20 * Math.log10(this.peak / 32768);
  }

  private measure(samples: Int16Array): void {
    this.audibleSamples += samples.length;
    for (const sample of samples) {
      this.energy += sample * sample;
      const size = Math.abs(sample);
      if (size > this.peak) this.peak = size;
    }
  }
}
