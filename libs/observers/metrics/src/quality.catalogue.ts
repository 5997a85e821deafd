import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is measured of the sound: once for each second of sound of each track, all calls together. */
export interface QualityCatalogue {
  readonly snr: Histogram<'platform' | 'track'>;
  readonly thd: Histogram<'platform' | 'track'>;
  readonly clipping: Histogram<'platform' | 'track'>;
  readonly level: Histogram<'platform' | 'track'>;
  readonly score: Histogram<'platform' | 'track'>;
  readonly mos: Histogram<'platform' | 'track'>;
  readonly dropouts: Counter<'platform' | 'track'>;
  readonly alerts: Counter<'platform' | 'track' | 'kind'>;
  readonly degradedCalls: Gauge<'platform' | 'track' | 'kind'>;
  readonly callsWithoutAudio: Gauge<'platform' | 'track'>;
  readonly jitter: Histogram<'platform'>;
  readonly gaps: Counter<'platform'>;
  readonly late: Counter<'platform'>;
  readonly outOfOrder: Counter<'platform'>;
}

const LINE = ['platform', 'track'] as const;

export function createQualityCatalogue(registry: Registry): QualityCatalogue {
  const registers = [registry];
  const perSecond = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, labelNames: LINE, buckets, registers });
  const count = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  return {
    snr: perSecond(
      'gateway_quality_snr_db',
      'Active speech level against the noise in the pauses, for each second with speech.',
      [0, 5, 10, 15, 20, 25, 30, 40, 50, 60],
    ),
    thd: perSecond(
      'gateway_quality_thd_ratio',
      'Harmonic distortion of steady tones; speech has none.',
      [0.001, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2],
    ),
    clipping: perSecond(
      'gateway_quality_clipping_ratio',
      'Share of samples in flat tops.',
      [0, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1],
    ),
    level: perSecond(
      'gateway_quality_level_dbfs',
      'Active speech level, for each second with speech; 0 is a full-scale square wave. Negative, so its _sum falls: use quantiles.',
      [-90, -70, -60, -50, -45, -40, -35, -30, -26, -20, -15, -10, -5],
    ),
    score: perSecond(
      'gateway_quality_score',
      'How it sounds, 0 to 100.',
      [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
    ),
    mos: perSecond(
      'gateway_quality_mos',
      'Mean opinion score by the E-model, 1 to 4.5.',
      [1, 1.5, 2, 2.5, 3, 3.25, 3.5, 3.75, 4, 4.25, 4.5],
    ),
    dropouts: count(
      'gateway_quality_dropouts_total',
      'Muted, repeated or torn stretches inside speech.',
      LINE,
    ),
    alerts: count('gateway_quality_alerts_total', 'Times that a track became bad, by what was bad.', [
      ...LINE,
      'kind',
    ]),
    degradedCalls: gauge('gateway_quality_degraded_calls', 'Calls of which a track is bad now.', [
      ...LINE,
      'kind',
    ]),
    callsWithoutAudio: gauge(
      'gateway_calls_without_audio',
      'Connected calls that bring no sound of a track.',
      LINE,
    ),
    jitter: new Histogram({
      name: 'gateway_arrival_jitter_seconds',
      help: 'Interarrival jitter of caller sound (RFC 3550), once for each second of sound.',
      labelNames: ['platform'],
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5],
      registers,
    }),
    gaps: count('gateway_arrival_gaps_total', 'Stretches of caller sound that never came.', ['platform']),
    late: count('gateway_arrival_late_total', 'Frames that came too late for a jitter buffer.', ['platform']),
    outOfOrder: count('gateway_arrival_out_of_order_total', 'Frames that came after younger ones.', [
      'platform',
    ]),
  };
}
