import { Counter, collectDefaultMetrics, Gauge, type Histogram, Registry } from 'prom-client';
import {
  CALL_REFUSALS,
  type CallObserver,
  type CallView,
  DROP_REASONS,
  END_REASONS,
  type EventSource,
  type PluginHost,
  type SetupEntry,
  TOKEN_KINDS,
  TRACKS,
  type Track,
  type TrackStats,
  UPGRADE_REJECT_REASONS,
} from '#libs/contracts';
import { BacklogMetrics } from './backlog.metrics.js';
import { createCatalogue, type MetricsCatalogue } from './metrics.catalogue.js';
import { QualityMetrics } from './quality.metrics.js';
import { ServiceMetrics } from './service.metrics.js';

/** Distinct error codes per label; codes come from our own catalogues, and this keeps a mistake there from growing a series. */
const CODES_KEPT = 200;

/**
 * Counts what happens. Events add to counters and histograms; frames are never counted one by one: each path keeps plain
 * running numbers, which are summed over the live calls when Prometheus asks.
 */
export class MetricsObserver implements CallObserver {
  readonly name = 'metrics';
  readonly registry = new Registry();
  private readonly metrics: MetricsCatalogue;
  private readonly quality: QualityMetrics;
  private readonly service: ServiceMetrics;
  private readonly platforms: readonly string[];
  private readonly live = new Set<CallView>();
  private readonly frames: Counter<'track' | 'direction'>;
  private readonly dropped: Counter<'track' | 'reason'>;
  private readonly counted = new WeakMap<CallView, Map<Track, Counted>>();
  private readonly codes = new Set<string>();

  constructor({ events, platforms, backend, maxCalls, backlogs, clock }: Metered) {
    const registers = [this.registry];
    this.platforms = platforms;
    // First in the registry, so that its collection has added the frames of live calls before the other metrics are read.
    const observer = this;
    new Gauge({
      name: 'gateway_calls_active',
      help: 'Calls that run now.',
      labelNames: ['platform'],
      registers,
      collect() {
        observer.collectLive(this);
      },
    });
    new Gauge({
      name: 'gateway_calls_limit',
      help: 'Calls that may run at once.',
      registers,
    }).set(maxCalls);
    this.metrics = createCatalogue(this.registry);
    this.quality = new QualityMetrics(this.registry, platforms);
    this.service = new ServiceMetrics(this.registry, events, (code) => this.bounded(code));
    new BacklogMetrics(this.registry, backlogs, clock);
    this.frames = new Counter({
      name: 'gateway_frames_total',
      help: 'Frames of sound: in came to the gateway, out was taken by the far side.',
      labelNames: ['track', 'direction'],
      registers,
    });
    this.dropped = new Counter({
      name: 'gateway_frames_dropped_total',
      help: 'Frames of sound that were not delivered, by reason.',
      labelNames: ['track', 'reason'],
      registers,
    });
    collectDefaultMetrics({ register: this.registry });
    this.countGatewayEvents(events);
    this.begin(backend);
  }

  onCall(call: CallView): () => void {
    const { metrics } = this;
    const { router, backend } = call;
    const { platform } = call.info;
    this.live.add(call);
    this.quality.onCall(call);
    this.service.onCall(call);
    router.on('call.ended', ({ reason, durationMs }) => {
      metrics.callsTotal.inc({ outcome: reason, platform });
      metrics.callDuration.observe({ platform }, durationMs / 1000);
    });
    router.on('agent.audio.started', ({ turnLatencyMs, sinceConnectedMs }) => {
      if (sinceConnectedMs !== null) metrics.timeToFirstAudio.observe({ platform }, sinceConnectedMs / 1000);
      if (turnLatencyMs !== null) metrics.turnLatency.observe({ platform }, turnLatencyMs / 1000);
    });
    this.onConversation(call);
    router.on('agent.item.heard', ({ errorMs }) => {
      if (errorMs !== null) metrics.truncationError.observe({ platform }, Math.abs(errorMs) / 1000);
    });
    router.on('audio.sampled', ({ track, addedLatencyMs }) => {
      metrics.addedLatency.observe(
        { direction: track === 'caller' ? 'to_ai' : 'to_caller' },
        addedLatencyMs / 1000,
      );
    });
    router.on('backend.connected', ({ tookMs }) =>
      metrics.backendConnect.observe({ backend }, tookMs / 1000),
    );
    router.on('backend.failed', ({ code }) =>
      metrics.backendErrors.inc({ backend, code: this.bounded(code) }),
    );
    router.on('backend.restored', ({ how }) => {
      (how === 'reconnect' ? metrics.backendReconnects : metrics.backendRollovers).inc({ backend });
    });
    router.on('backend.used', ({ usage }) => {
      for (const [kind, count] of Object.entries(usage.tokens))
        metrics.backendTokens.inc({ backend, kind }, count);
      if (usage.costUsd !== null) metrics.backendCost.inc({ backend }, usage.costUsd);
    });
    router.on('platform.failed', ({ code }) =>
      metrics.platformErrors.inc({ platform, code: this.bounded(code) }),
    );
    return () => {
      this.addFrames(call);
      this.live.delete(call);
    };
  }

  private onConversation({ router, backend, info: { platform } }: CallView): void {
    const { metrics } = this;
    const seconds = <L extends string>(
      histogram: Histogram<L>,
      labels: Record<L, string>,
      ms: number | null,
    ) => {
      if (ms !== null) histogram.observe(labels, ms / 1000);
    };
    router.on('agent.interrupted', ({ cause, stopMs }) => {
      if (cause === 'speech') metrics.bargeInStop.observe({ platform }, stopMs / 1000);
    });
    router.on('turn.measured', ({ heardLatencyMs, endOfTurnMs, modelMs, gatewayMs }) => {
      seconds(metrics.turnHeardLatency, { platform }, heardLatencyMs);
      seconds(metrics.endOfTurn, { backend }, endOfTurnMs);
      seconds(metrics.modelLatency, { backend }, modelMs);
      seconds(metrics.turnGatewayLatency, { platform }, gatewayMs);
    });
    router.on('interruption.judged', ({ wasFalse }) => {
      metrics.interruptions.inc({
        platform,
        kind: wasFalse === null ? 'unknown' : String(wasFalse === false),
      });
    });
    router.on('conversation.sampled', ({ silenceOwedMs, talkOverMs }) => {
      metrics.silenceOwed.inc({ platform }, silenceOwedMs / 1000);
      metrics.talkOver.inc({ platform }, talkOverMs / 1000);
    });
  }

  setup(origin: string): readonly SetupEntry[] {
    return [{ title: 'Prometheus', state: 'ready', lines: [`scrape ${origin}/metrics`] }];
  }

  /** All series with labels that are known are there from the start: a first fault is an increase, not a new series. */
  private begin(backend: string): void {
    const { metrics } = this;
    for (const platform of this.platforms) {
      for (const outcome of END_REASONS) metrics.callsTotal.inc({ outcome, platform }, 0);
      for (const kind of ['true', 'false', 'unknown']) metrics.interruptions.inc({ platform, kind }, 0);
      for (const counter of [metrics.silenceOwed, metrics.talkOver]) counter.inc({ platform }, 0);
      for (const histogram of [
        metrics.callDuration,
        metrics.timeToFirstAudio,
        metrics.turnLatency,
        metrics.turnHeardLatency,
        metrics.turnGatewayLatency,
        metrics.bargeInStop,
        metrics.truncationError,
      ])
        histogram.zero({ platform });
    }
    for (const direction of ['to_ai', 'to_caller']) metrics.addedLatency.zero({ direction });
    for (const histogram of [metrics.backendConnect, metrics.endOfTurn, metrics.modelLatency])
      histogram.zero({ backend });
    for (const counter of [metrics.backendReconnects, metrics.backendRollovers, metrics.backendCost])
      counter.inc({ backend }, 0);
    for (const kind of TOKEN_KINDS) metrics.backendTokens.inc({ backend, kind }, 0);
    for (const reason of CALL_REFUSALS) metrics.callsRefused.inc({ reason }, 0);
    for (const outcome of ['saved', 'failed']) metrics.recordings.inc({ outcome }, 0);
    for (const reason of UPGRADE_REJECT_REASONS) metrics.rejectedUpgrades.inc({ reason }, 0);
    for (const track of TRACKS) {
      for (const direction of ['in', 'out']) this.frames.inc({ track, direction }, 0);
      for (const reason of DROP_REASONS) this.dropped.inc({ track, reason }, 0);
    }
  }

  private countGatewayEvents(events: EventSource): void {
    events.on('call.refused', ({ reason }) => this.metrics.callsRefused.inc({ reason }));
    // The gateway's copy of the calls' events: a recording may be saved when its call has been forgotten.
    events.on('recording.saved', () => this.metrics.recordings.inc({ outcome: 'saved' }));
    events.on('recording.failed', () => this.metrics.recordings.inc({ outcome: 'failed' }));
    events.on('upgrade.rejected', ({ reason }) => this.metrics.rejectedUpgrades.inc({ reason }));
    events.on('listener.failed', () => this.metrics.listenerErrors.inc());
  }

  private collectLive(active: Gauge<'platform'>): void {
    active.reset();
    for (const platform of this.platforms) active.set({ platform }, 0);
    for (const call of this.live) {
      active.inc({ platform: call.info.platform });
      this.addFrames(call);
    }
  }

  /** Adds what the call's paths have counted since the last time. */
  private addFrames(call: CallView): void {
    const counted = this.counted.get(call) ?? new Map<Track, Counted>();
    this.counted.set(call, counted);
    for (const track of TRACKS) {
      const { frames, delivered, dropped } = call.router.audio(track).stats;
      const before = counted.get(track);
      this.frames.inc({ track, direction: 'in' }, frames - (before?.frames ?? 0));
      this.frames.inc({ track, direction: 'out' }, delivered - (before?.delivered ?? 0));
      for (const reason of DROP_REASONS) {
        const more = dropped[reason] - (before?.dropped[reason] ?? 0);
        if (more > 0) this.dropped.inc({ track, reason }, more);
      }
      counted.set(track, { frames, delivered, dropped: { ...dropped } });
    }
  }

  private bounded(code: string): string {
    if (this.codes.size < CODES_KEPT) this.codes.add(code);
    return this.codes.has(code) ? code : 'other';
  }
}

type Metered = Pick<PluginHost, 'events' | 'platforms' | 'backend' | 'maxCalls' | 'backlogs' | 'clock'>;

type Counted = Pick<TrackStats, 'frames' | 'delivered' | 'dropped'>;
