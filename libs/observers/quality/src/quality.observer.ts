import { type CallObserver, type CallView, type Clock, TRACKS, type Track } from '#libs/contracts';
import { ArrivalMeter } from './analysis/arrival.js';
import { EchoMeter } from './analysis/echo.js';
import { FrameBatch } from './frame-batch.js';
import type { QualityConfig } from './quality.config.js';
import { StallWatch } from './stall-watch.js';
import { thresholdsOf } from './thresholds.js';
import { TrackMonitor } from './track-monitor.js';

const TICK_MS = 1000;

/** Measures the sound of every call, both directions, and tells it once a second, when it becomes bad, and in the end. */
export class QualityObserver implements CallObserver {
  readonly name = 'quality';

  constructor(
    private readonly config: QualityConfig,
    private readonly clock: Clock,
  ) {}

  onCall(call: CallView): () => void {
    const { router } = call;
    const { config, clock } = this;
    const { platform } = call.info;
    const stall = new StallWatch(config.stalledAfterMs, router);
    const untap: (() => void)[] = [
      router.audio('caller').tap(stall.caller),
      router.audio('agent').tap(stall.agent),
    ];
    let monitors: readonly TrackMonitor[] = [];
    const batch = new FrameBatch();
    const monitor = (track: Track, echo: EchoMeter | null) => {
      const arrival = track === 'caller' ? new ArrivalMeter({ lateMs: config.lateMs }) : null;
      const thresholds = thresholdsOf(config, platform, track);
      const made = new TrackMonitor({ track, thresholds, events: router, arrival, echo });
      untap.push(router.audio(track).tap(batch.before(made)));
      return made;
    };
    router.on('call.connected', (formats) => {
      // Both rates are known from here on; sound before it is the line being set up.
      const echo = new EchoMeter(formats.callerFormat.sampleRate, formats.aiAgentFormat.sampleRate);
      if (monitors.length === 0) monitors = TRACKS.map((track) => monitor(track, echo));
      stall.begin(clock.nowMs());
    });
    router.on('call.suspended', () => stall.pause());
    router.on('call.fell.back', ({ to }) => {
      if (to === 'turns') stall.pause();
    });
    router.on('call.resumed', () => {
      stall.begin(clock.nowMs());
      batch.flush();
      for (const each of monitors) each.breakOff();
    });
    const cancel = clock.every(TICK_MS, () => {
      const nowMs = clock.nowMs();
      stall.tick(nowMs);
      batch.flush();
      for (const each of monitors) each.tick(nowMs);
    });
    router.on('call.ended', () => {
      cancel();
      for (const remove of untap.splice(0)) remove();
      batch.flush();
      for (const [i, each] of monitors.entries()) {
        each.finish();
        const record = each.sofar();
        if (record !== null) router.publish('quality.measured', { track: TRACKS[i]!, call: record });
      }
    });
    return cancel;
  }
}
