import { describe, expect, it } from '@jest/globals';
import {
  type CallView,
  END_REASONS,
  type EventRouter,
  type PlatformCapabilities,
  QUALITY_KINDS,
  type QualitySample,
  TRACKS,
} from '#libs/contracts';
import { AudioPath, CallEventRouter, GatewayEventRouter } from '#libs/core';
import { CapturedLog, idleBacklogs, ManualClock } from '#libs/testing';
import { MetricsObserver } from './metrics.observer.js';

const PLATFORMS = ['twilio', 'audiocodes'];
const NO_CAPABILITIES: PlatformCapabilities = {
  marks: false,
  resumeWithinMs: null,
  continuousCallerAudio: true,
  transfer: false,
  dial: false,
};

class Site {
  readonly clock = new ManualClock();
  readonly events = new GatewayEventRouter(this.clock, new CapturedLog());
  readonly observer = new MetricsObserver({
    events: this.events,
    platforms: PLATFORMS,
    backend: 'echo',
    maxCalls: 50,
    backlogs: idleBacklogs,
    clock: this.clock,
  });
  private calls = 0;

  /** A call up to the point where it ends; the returned function ends it. */
  call(platform: string): { router: EventRouter; end: () => void } {
    const id = `call-${this.calls++}`;
    const path = () => new AudioPath({ holdMs: 0, onTapFailure: () => undefined });
    const router = new CallEventRouter(id, this.clock, this.events, { caller: path(), agent: path() });
    const view: CallView = {
      id,
      info: {
        platform,
        platformCallId: `p-${id}`,
        direction: 'inbound',
        from: `+1555${this.calls}`,
        to: null,
        callerFormats: [],
        agentFormats: [],
        parameters: {},
        capabilities: NO_CAPABILITIES,
      },
      backend: 'echo',
      agent: { name: 'agent', version: 1, recording: null, privacy: { redact: [], keepForMs: null } },
      state: 'active',
      startedAt: 0,
      offeredMs: this.clock.nowMs(),
      router,
    };
    const close = this.observer.onCall(view);
    return {
      router,
      end: () => {
        const reason = END_REASONS[this.calls % END_REASONS.length]!;
        router.publish('call.ended', { reason, code: null, durationMs: 1000 });
        close();
      },
    };
  }

  async lines(): Promise<string[]> {
    const text = await this.observer.registry.metrics();
    return text.split('\n').filter((line) => line.startsWith('gateway_'));
  }

  async value(series: string): Promise<number> {
    const line = (await this.lines()).find((each) => each.startsWith(`${series} `));
    if (line === undefined) throw new Error(`There is no series ${series}.`);
    return Number(line.slice(series.length + 1));
  }
}

const SECOND: QualitySample = {
  durationMs: 1000,
  speechMs: 600,
  snrDb: 12,
  thdPercent: null,
  clippingPercent: 2,
  levelDbov: -26,
  noiseDbov: -38,
  dcOffset: 0,
  humDb: null,
  humHz: null,
  bandwidthHz: 3400,
  dropouts: 1,
  formatSuspicion: null,
  echo: null,
  arrival: { frames: 50, jitterMs: 12, gaps: 2, gapMs: 60, late: 3, outOfOrder: 1 },
  mos: 3.2,
  score: 55,
  reasons: ['noisy'],
};

describe('the metrics', () => {
  it('have as many series after ten thousand calls as before the first', async () => {
    const site = new Site();
    const before = await site.lines();
    for (let i = 0; i < 10_000; i++) {
      const { router, end } = site.call(PLATFORMS[i % 2]!);
      const track = TRACKS[i % 2]!;
      const kind = QUALITY_KINDS[i % QUALITY_KINDS.length]!;
      router.publish('quality.sampled', { track, second: SECOND, call: SECOND });
      router.publish('quality.degraded', { track, kind, value: 1, threshold: 2, words: `call ${i}` });
      router.publish('audio.stalled', { track: 'caller', forMs: 10_000 });
      router.publish('agent.audio.started', {
        itemId: `item-${i}`,
        leftMs: 0,
        turnLatencyMs: 700,
        sinceConnectedMs: 300,
      });
      router.publish('backend.used', { backend: 'echo', usage: { tokens: { text_in: 3 }, costUsd: 0.01 } });
      end();
    }
    const after = await site.lines();
    expect(before.length).toBeGreaterThan(500);
    expect(after.map((line) => line.replace(/ \S+$/, '')).sort()).toEqual(
      before.map((line) => line.replace(/ \S+$/, '')).sort(),
    );
  });

  it('keep no more than two hundred error codes apart', async () => {
    const site = new Site();
    const { router } = site.call('twilio');
    for (let i = 0; i < 1000; i++)
      router.publish('backend.failed', { backend: 'echo', code: `CODE_${i}`, fatal: false });
    const errors = (await site.lines()).filter((line) => line.startsWith('gateway_backend_errors_total{'));
    expect(errors).toHaveLength(201);
  });

  it('tell what each second of sound was like', async () => {
    const site = new Site();
    const { router } = site.call('twilio');
    router.publish('quality.sampled', { track: 'caller', second: SECOND, call: SECOND });
    const line = '{le="0.02",platform="twilio",track="caller"}';
    expect(await site.value(`gateway_quality_clipping_ratio_bucket${line}`)).toBe(1);
    expect(await site.value('gateway_quality_snr_db_sum{platform="twilio",track="caller"}')).toBe(12);
    expect(await site.value('gateway_quality_level_dbfs_sum{platform="twilio",track="caller"}')).toBe(-26);
    expect(await site.value('gateway_quality_score_sum{platform="twilio",track="caller"}')).toBe(55);
    expect(await site.value('gateway_quality_mos_sum{platform="twilio",track="caller"}')).toBe(3.2);
    expect(await site.value('gateway_quality_thd_ratio_count{platform="twilio",track="caller"}')).toBe(0);
    expect(await site.value('gateway_quality_dropouts_total{platform="twilio",track="caller"}')).toBe(1);
    expect(await site.value('gateway_arrival_jitter_seconds_sum{platform="twilio"}')).toBe(0.012);
    expect(await site.value('gateway_arrival_gaps_total{platform="twilio"}')).toBe(2);
    expect(await site.value('gateway_arrival_late_total{platform="twilio"}')).toBe(3);
    expect(await site.value('gateway_arrival_out_of_order_total{platform="twilio"}')).toBe(1);
  });

  it('count recordings by what became of them', async () => {
    const site = new Site();
    const { router } = site.call('twilio');
    router.publish('recording.saved', { sampleRate: 8000, durationMs: 1000, bytes: 32_044 });
    router.publish('recording.failed', { code: 'RECORDING_DISK_FULL' });
    router.publish('recording.failed', { code: 'RECORDING_BEHIND' });
    expect(await site.value('gateway_recordings_total{outcome="saved"}')).toBe(1);
    expect(await site.value('gateway_recordings_total{outcome="failed"}')).toBe(2);
  });

  it('count the calls that are bad now, and forget them when they recover or end', async () => {
    const site = new Site();
    const first = site.call('twilio');
    const second = site.call('twilio');
    const noisy = { track: 'caller', kind: 'noise', value: 9, threshold: 20, words: 'noisy' } as const;
    const bad = 'gateway_quality_degraded_calls{platform="twilio",track="caller",kind="noise"}';
    first.router.publish('quality.degraded', noisy);
    second.router.publish('quality.degraded', noisy);
    expect(await site.value(bad)).toBe(2);
    first.router.publish('quality.recovered', { track: 'caller', kind: 'noise', degradedMs: 5000 });
    expect(await site.value(bad)).toBe(1);
    second.end();
    expect(await site.value(bad)).toBe(0);
    expect(
      await site.value('gateway_quality_alerts_total{platform="twilio",track="caller",kind="noise"}'),
    ).toBe(2);
  });

  it('keep no call for bad of which is told after its end, nor forget one twice', async () => {
    const site = new Site();
    const { router, end } = site.call('twilio');
    const noisy = { track: 'caller', kind: 'noise', value: 9, threshold: 20, words: 'noisy' } as const;
    const bad = 'gateway_quality_degraded_calls{platform="twilio",track="caller",kind="noise"}';
    router.publish('quality.degraded', noisy);
    router.on('call.ended', () => {
      router.publish('quality.recovered', { track: 'caller', kind: 'noise', degradedMs: 1 });
      router.publish('quality.degraded', noisy);
    });
    end();
    expect(await site.value(bad)).toBe(0);
  });

  it('count the calls that bring no sound', async () => {
    const site = new Site();
    const series = 'gateway_calls_without_audio{platform="audiocodes",track="caller"}';
    const [back, suspended, gone] = [1, 2, 3].map(() => site.call('audiocodes'));
    for (const call of [back, suspended, gone])
      call!.router.publish('audio.stalled', { track: 'caller', forMs: 10_000 });
    expect(await site.value(series)).toBe(3);
    back!.router.publish('audio.recovered', { track: 'caller', afterMs: 12_000 });
    suspended!.router.publish('call.suspended', { code: 'X' });
    gone!.end();
    expect(await site.value(series)).toBe(0);
  });
});
