import { SpeechDetector } from '#libs/audio';

/** What the recorder noticed, and where in all sound that it was given it really happened. */
export type TurnNews =
  | { readonly kind: 'started'; readonly positionMs: number }
  | { readonly kind: 'stopped'; readonly positionMs: number; readonly speech: Int16Array };

export interface TurnRecorderOptions {
  readonly sampleRate: number;
  readonly silenceMs: number;
  readonly longestTurnMs: number;
}

/** Sound from before the speech was noticed, so that a first consonant is not cut off. */
const PREFIX_MS = 300;
/** Silence that is kept behind the speech. */
const TAIL_MS = 120;

/** Cuts the caller's sound into turns. Keeps a little of the past, and a turn up to its longest length. */
export class TurnRecorder {
  private readonly detector: SpeechDetector;
  private readonly kept: Int16Array;
  private keptSamples = 0;
  private recording = false;

  constructor(private readonly options: TurnRecorderOptions) {
    const { sampleRate, silenceMs } = options;
    this.detector = new SpeechDetector({ sampleRate, silenceMs, prefixMs: PREFIX_MS });
    this.kept = new Int16Array(this.samplesOf(options.longestTurnMs));
  }

  push(samples: Int16Array): readonly TurnNews[] {
    this.keep(samples);
    const edges = this.detector.push(samples);
    if (edges.length === 0) return [];
    return edges.map(({ kind, atMs }) =>
      kind === 'started' ? this.start(atMs + PREFIX_MS) : this.stop(atMs),
    );
  }

  /** How much sound was given. */
  get positionMs(): number {
    return this.detector.positionMs;
  }

  private start(positionMs: number): TurnNews {
    this.recording = true;
    return { kind: 'started', positionMs: Math.min(positionMs, this.positionMs) };
  }

  private stop(positionMs: number): TurnNews {
    this.recording = false;
    const trailing = Math.max(0, this.samplesOf(this.options.silenceMs - TAIL_MS));
    const full = this.keptSamples === this.kept.length;
    const speech = this.kept.slice(0, full ? this.keptSamples : Math.max(0, this.keptSamples - trailing));
    this.keptSamples = 0;
    return { kind: 'stopped', positionMs, speech };
  }

  private keep(samples: Int16Array): void {
    if (!this.recording) this.forgetBefore(this.samplesOf(PREFIX_MS) + samples.length);
    const room = this.kept.length - this.keptSamples;
    const taken = samples.length <= room ? samples : samples.subarray(0, room);
    this.kept.set(taken, this.keptSamples);
    this.keptSamples += taken.length;
  }

  /** While nobody speaks only the newest sound stays, and room for what comes now. */
  private forgetBefore(newest: number): void {
    const keep = Math.max(0, newest - Math.min(newest, this.samplesOf(20)));
    if (this.keptSamples <= keep) return;
    this.kept.copyWithin(0, this.keptSamples - keep, this.keptSamples);
    this.keptSamples = keep;
  }

  private samplesOf(durationMs: number): number {
    return Math.round((durationMs * this.options.sampleRate) / 1000);
  }
}
