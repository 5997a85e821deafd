import type { Registry } from 'prom-client';
import { type CallView, QUALITY_KINDS, type QualitySample, TRACKS, type Track } from '#libs/contracts';
import { createQualityCatalogue, type QualityCatalogue } from './quality.catalogue.js';

/** Turns the quality events of calls into metrics. */
export class QualityMetrics {
  private readonly metrics: QualityCatalogue;

  /** All series are there from the start, so that a first alert is an increase and no new series. */
  constructor(registry: Registry, platforms: readonly string[]) {
    this.metrics = createQualityCatalogue(registry);
    for (const platform of platforms) this.begin(platform);
  }

  onCall({ router, info: { platform } }: CallView): void {
    const { metrics } = this;
    const bad = new Set<string>();
    let stalled: Track | null = null;
    router.on('quality.sampled', ({ track, second }) => this.sampled(platform, track, second));
    let isOver = false;
    router.on('quality.degraded', ({ track, kind }) => {
      metrics.alerts.inc({ platform, track, kind });
      if (isOver || bad.has(`${track}/${kind}`)) return;
      bad.add(`${track}/${kind}`);
      metrics.degradedCalls.inc({ platform, track, kind });
    });
    router.on('quality.recovered', ({ track, kind }) => {
      if (bad.delete(`${track}/${kind}`)) metrics.degradedCalls.dec({ platform, track, kind });
    });
    router.on('audio.stalled', ({ track }) => {
      if (isOver || stalled !== null) return;
      stalled = track;
      metrics.callsWithoutAudio.inc({ platform, track });
    });
    const flows = () => {
      if (stalled !== null) metrics.callsWithoutAudio.dec({ platform, track: stalled });
      stalled = null;
    };
    router.on('audio.recovered', flows);
    router.on('call.suspended', flows);
    router.on('call.ended', () => {
      flows();
      for (const line of bad) {
        const [track, kind] = line.split('/') as [string, string];
        metrics.degradedCalls.dec({ platform, track, kind });
      }
      bad.clear();
      isOver = true;
    });
  }

  private begin(platform: string): void {
    const { metrics } = this;
    for (const counter of [metrics.gaps, metrics.late, metrics.outOfOrder]) counter.inc({ platform }, 0);
    metrics.jitter.zero({ platform });
    for (const track of TRACKS) {
      const line = { platform, track };
      metrics.dropouts.inc(line, 0);
      metrics.callsWithoutAudio.set(line, 0);
      for (const histogram of [
        metrics.snr,
        metrics.thd,
        metrics.clipping,
        metrics.level,
        metrics.score,
        metrics.mos,
      ])
        histogram.zero(line);
      for (const kind of QUALITY_KINDS) {
        metrics.alerts.inc({ ...line, kind }, 0);
        metrics.degradedCalls.set({ ...line, kind }, 0);
      }
    }
  }

  private sampled(platform: string, track: Track, second: QualitySample): void {
    const { metrics } = this;
    const line = { platform, track };
    const { speechMs, snrDb, thdPercent, clippingPercent, levelDbov, score, mos, dropouts, arrival } = second;
    if (snrDb !== null) metrics.snr.observe(line, snrDb);
    if (thdPercent !== null) metrics.thd.observe(line, thdPercent / 100);
    if (clippingPercent !== null) metrics.clipping.observe(line, clippingPercent / 100);
    if (levelDbov !== null && speechMs > 0) metrics.level.observe(line, levelDbov);
    if (score !== null) metrics.score.observe(line, score);
    if (mos !== null) metrics.mos.observe(line, mos);
    if (dropouts !== null) metrics.dropouts.inc(line, dropouts);
    if (arrival === null) return;
    metrics.jitter.observe({ platform }, arrival.jitterMs / 1000);
    metrics.gaps.inc({ platform }, arrival.gaps);
    metrics.late.inc({ platform }, arrival.late);
    metrics.outOfOrder.inc({ platform }, arrival.outOfOrder);
  }
}
