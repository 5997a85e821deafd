import {
  type EventSink,
  QUALITY_KINDS,
  type QualityKind,
  type QualitySample,
  type Track,
} from '#libs/contracts';
import { MEASURES, type QualityThresholds } from './rating/measures.js';

/** So much evidence makes an alert; more than `MOST` is not gathered, or a long bad stretch would take as long to forget. */
const ONSET = 3;
const MOST = 4;

/** How slowly one kind is believed and forgotten. */
interface Inertia {
  /** Evidence in a bad second. */
  readonly bad: number;
  /** What a good second takes away. */
  readonly good: number;
  /** How much better than the threshold a second must be to count as good, in the unit of the measure. */
  readonly margin: number;
  /** The figure is of something that may be there or not: where it is not, the second is good. */
  readonly mayBeAbsent?: boolean;
  /** The figure is of speech: a second that holds the end of a word says nothing. */
  readonly ofSpeech?: boolean;
}

const LEAST_SPEECH_MS = 400;

/**
 * What lasts needs three bad seconds. What happens now and then (drop-outs, lost frames, clipped words) is forgotten so slowly
 * that evidence gathers above about one bad second in twenty, two and four. A wrong format is proved before it is suspected.
 */
const INERTIA: Readonly<Record<QualityKind, Inertia>> = {
  noise: { bad: 1, good: 0.5, margin: 2, ofSpeech: true },
  distortion: { bad: 1, good: 0.5, margin: 0.2, mayBeAbsent: true },
  clipping: { bad: 1, good: 0.25, margin: 0.05 },
  level: { bad: 1, good: 0.5, margin: 3, ofSpeech: true },
  'dc-offset': { bad: 1, good: 0.5, margin: 0.5 },
  hum: { bad: 1, good: 0.5, margin: 3, mayBeAbsent: true },
  bandwidth: { bad: 1, good: 0.5, margin: 300, ofSpeech: true },
  dropouts: { bad: 1, good: 0.05, margin: 0 },
  arrival: { bad: 1, good: 0.5, margin: 0.5 },
  format: { bad: ONSET, good: 1, margin: 0 },
  echo: { bad: 1, good: 0.5, margin: 3, mayBeAbsent: true },
  score: { bad: 1, good: 0.5, margin: 5, ofSpeech: true },
};

interface Watch {
  readonly kind: QualityKind;
  readonly threshold: number;
  evidence: number;
  degradedAtMs: number | null;
}

/**
 * Tells when one track of one call becomes bad and when it is good again. Each bad second is evidence, each good one takes
 * some away, and a second in which the figure could not be had, or which lies between bad and safely good, changes
 * nothing: one cough is no alert, and no alert is told twice.
 */
export class AlertDesk {
  private readonly watches: readonly Watch[];

  constructor(
    private readonly track: Track,
    thresholds: QualityThresholds,
    private readonly events: EventSink,
  ) {
    this.watches = QUALITY_KINDS.flatMap((kind) => {
      const threshold = thresholds[kind];
      return threshold === null ? [] : [{ kind, threshold, evidence: 0, degradedAtMs: null }];
    });
  }

  /** One more second was measured. */
  look(second: QualitySample, nowMs: number): void {
    for (const watch of this.watches) {
      const { value, isBad, higherIsBetter } = MEASURES[watch.kind];
      const { margin, mayBeAbsent, ofSpeech } = INERTIA[watch.kind];
      if (ofSpeech && second.speechMs < LEAST_SPEECH_MS) continue;
      const measured = value(second);
      if (measured === null) {
        if (mayBeAbsent) this.good(watch, nowMs);
      } else if (isBad(measured, watch.threshold)) this.bad(watch, measured, second, nowMs);
      else if (!isBad(measured - (higherIsBetter ? margin : -margin), watch.threshold))
        this.good(watch, nowMs);
    }
  }

  private bad(watch: Watch, value: number, second: QualitySample, nowMs: number): void {
    const { kind, threshold } = watch;
    watch.evidence = Math.min(MOST, watch.evidence + INERTIA[kind].bad);
    if (watch.degradedAtMs !== null || watch.evidence < ONSET) return;
    watch.degradedAtMs = nowMs;
    const words = MEASURES[kind].words(value, threshold, second);
    this.events.publish('quality.degraded', { track: this.track, kind, value, threshold, words });
  }

  private good(watch: Watch, nowMs: number): void {
    watch.evidence = Math.max(0, watch.evidence - INERTIA[watch.kind].good);
    if (watch.degradedAtMs === null || watch.evidence > 0) return;
    const degradedMs = nowMs - watch.degradedAtMs;
    watch.degradedAtMs = null;
    this.events.publish('quality.recovered', { track: this.track, kind: watch.kind, degradedMs });
  }
}
