import type { EventSink, QualityKind, QualitySample, Track } from '#libs/contracts';
import { MEASURES, type Measure, type Thresholds } from './rating/measures.js';

/** So much evidence makes an alert, and more than this is not gathered: a long bad stretch must not take as long to forget. */
const ONSET = 3;
const MOST = 4;

interface Watch {
  readonly measure: Measure;
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
    thresholds: Thresholds,
    private readonly events: EventSink,
  ) {
    this.watches = MEASURES.flatMap((measure) => {
      const threshold = thresholds[measure.kind];
      return threshold === null ? [] : [{ measure, threshold, evidence: 0, degradedAtMs: null }];
    });
  }

  /** One more second was measured. */
  look(second: QualitySample, nowMs: number): void {
    for (const watch of this.watches) {
      const value = watch.measure.value(second);
      if (value === null) continue;
      if (watch.measure.isBad(value, watch.threshold)) this.bad(watch, value, nowMs);
      else if (watch.measure.isGood(value, watch.threshold)) this.good(watch, nowMs);
    }
  }

  get degraded(): readonly QualityKind[] {
    return this.watches.flatMap(({ measure, degradedAtMs }) => (degradedAtMs === null ? [] : measure.kind));
  }

  private bad(watch: Watch, value: number, nowMs: number): void {
    const { measure, threshold } = watch;
    watch.evidence = Math.min(MOST, watch.evidence + measure.evidence.bad);
    if (watch.degradedAtMs !== null || watch.evidence < ONSET) return;
    watch.degradedAtMs = nowMs;
    const words = measure.words(value, threshold);
    this.events.publish('quality.degraded', {
      track: this.track,
      kind: measure.kind,
      value,
      threshold,
      words,
    });
  }

  private good(watch: Watch, nowMs: number): void {
    watch.evidence = Math.max(0, watch.evidence - watch.measure.evidence.good);
    if (watch.degradedAtMs === null || watch.evidence > 0) return;
    const degradedMs = nowMs - watch.degradedAtMs;
    watch.degradedAtMs = null;
    this.events.publish('quality.recovered', { track: this.track, kind: watch.measure.kind, degradedMs });
  }
}
