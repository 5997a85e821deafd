import { borrowedSamples } from '#libs/audio';
import type {
  Arrival,
  AudioFormat,
  AudioFrame,
  AudioTap,
  Echo,
  EventSink,
  QualityFigures,
  QualitySample,
  Track,
} from '#libs/contracts';
import { AlertDesk } from './alert-desk.js';
import type { ArrivalMeter } from './analysis/arrival.js';
import type { EchoMeter } from './analysis/echo.js';
import type { SoundFigures } from './analysis/sound-figures.js';
import { TrackAnalyser } from './analysis/track-analyser.js';
import type { QualityThresholds } from './rating/measures.js';
import { rate } from './rating/rate.js';

/**
 * Filler of this length stands for a silence that the line did not carry at all, and says nothing about its noise; shorter
 * pieces stand for sound that was lost, and are heard as holes.
 */
const SILENCE_FILLER_MS = 100;

/** What is heard this much after the sound before it had ended is another utterance. */
const OTHER_UTTERANCE_MS = 40;

/** The AI speaks faster than real time; seconds beyond these are not told one by one. */
const MOST_SECONDS = 60;

export interface TrackMonitorParts {
  readonly track: Track;
  readonly thresholds: QualityThresholds;
  readonly events: EventSink;
  /** Caller's track only: how its frames arrive. */
  readonly arrival: ArrivalMeter | null;
  /** Shared by both tracks of a call. The echo belongs to the caller's. */
  readonly echo: EchoMeter | null;
}

/** Measures one track of one call: adds per frame, tells once a second. */
export class TrackMonitor implements AudioTap {
  private readonly alerts: AlertDesk;
  private analyser: TrackAnalyser | null = null;
  private format: AudioFormat | null = null;
  private seconds = 0;
  private endMs = 0;
  private readonly untold: SoundFigures[] = [];

  constructor(private readonly parts: TrackMonitorParts) {
    this.alerts = new AlertDesk(parts.track, parts.thresholds, parts.events);
  }

  push(frame: AudioFrame): void {
    const { arrival, echo, track } = this.parts;
    arrival?.push(frame);
    if (frame.isFiller && frame.durationMs >= SILENCE_FILLER_MS) {
      this.analyser?.breakOff();
      return;
    }
    const analyser = this.analyser ?? this.begin(frame.format);
    const samples = borrowedSamples(frame);
    if (track === 'agent' && frame.timestampMs - this.endMs > OTHER_UTTERANCE_MS) analyser.breakOff();
    this.endMs = frame.timestampMs + frame.durationMs;
    analyser.push(samples);
    // The caller speaks in real time; the AI does not. Whole milliseconds will do, and need no box on the heap.
    if (track === 'caller') analyser.arrived(frame.durationMs, Math.round(frame.timestampMs));
    // Sound of the caller has been spoken when it arrives; sound of the agent begins when it is to be heard.
    if (track === 'caller') echo?.caller(samples, frame.timestampMs - frame.durationMs);
    else echo?.agent(samples, frame.timestampMs);
    if (analyser.seconds !== this.seconds) {
      this.seconds = analyser.seconds;
      const figures = analyser.second();
      if (figures !== null && this.untold.length < MOST_SECONDS) this.untold.push(figures);
    }
  }

  cut(atMs: number): void {
    if (this.parts.track === 'agent') this.parts.echo?.cut(atMs);
    this.analyser?.breakOff();
  }

  /** Once a second: tells of each whole second since the last time, and of what has become bad or good. */
  tick(nowMs: number): void {
    this.tell((second) => this.alerts.look(second, nowMs));
  }

  /** The call is over: the last seconds are told, and nobody is alarmed any more. */
  finish(): void {
    this.tell(() => undefined);
  }

  /** The leg was away: what comes now does not continue what was before. */
  breakOff(): void {
    this.analyser?.breakOff();
    this.parts.arrival?.breakOff();
  }

  private tell(look: (second: QualitySample) => void): void {
    if (this.untold.length === 0) return;
    const arrival = this.parts.arrival?.take() ?? null;
    const call = this.rated({
      ...this.analyser!.callOfSeconds(),
      echo: this.echo,
      arrival: this.parts.arrival?.total ?? null,
    });
    const untold = this.untold.splice(0);
    for (const [i, figures] of untold.entries()) {
      // What arrived since the last tick is told once.
      const isLast = i === untold.length - 1;
      const second = this.rated({ ...figures, echo: this.echo, arrival: isLast ? arrival : null });
      this.parts.events.publish('quality.sampled', { track: this.parts.track, second, call });
      look(second);
    }
  }

  /** Everything so far; null before the first sound. */
  sofar(): QualitySample | null {
    if (this.analyser === null) return null;
    const arrival: Arrival | null = this.parts.arrival?.total ?? null;
    return this.rated({ ...this.analyser.call(), echo: this.echo, arrival });
  }

  private get echo(): Echo | null {
    return this.parts.track === 'caller' ? (this.parts.echo?.echo ?? null) : null;
  }

  private begin(format: AudioFormat): TrackAnalyser {
    this.format = format;
    this.analyser = new TrackAnalyser(format);
    return this.analyser;
  }

  private rated(figures: QualityFigures): QualitySample {
    return { ...figures, ...rate(figures, this.format!, this.parts.thresholds) };
  }
}
