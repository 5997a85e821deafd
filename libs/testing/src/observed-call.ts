import type {
  AgentCard,
  AudioFormat,
  CallObserver,
  CallState,
  CallView,
  LegInfo,
  Log,
  RecordingPolicy,
  Redaction,
  Track,
} from '#libs/contracts';
import { AudioPath, CallEventRouter, type GatewayEventRouter } from '#libs/core';
import type { ManualClock } from './manual-clock.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

export interface ObservedCallOptions {
  readonly clock: ManualClock;
  readonly gateway: GatewayEventRouter;
  readonly log: Log;
  readonly observer: CallObserver;
  /** Unix time. */
  readonly startedAt: number;
  readonly recording?: RecordingPolicy | null;
  readonly sensitiveKeys?: boolean;
  readonly redact?: readonly Redaction[];
  readonly state?: CallState;
}

/** A call as its observers see it, with a real router and real paths, but no platform, core or AI: the test is those. */
export class ObservedCall implements CallView {
  readonly backend = 'echo';
  readonly agent: AgentCard;
  readonly startedAt: number;
  readonly offeredMs: number;
  readonly router: CallEventRouter;
  readonly paths: Readonly<Record<Track, AudioPath>>;
  readonly info: LegInfo;
  state: CallState;
  private readonly close: (() => void | Promise<void>) | void;

  constructor(
    readonly id: string,
    options: ObservedCallOptions,
  ) {
    const { clock, gateway, log, observer, startedAt, recording = null, state = 'active' } = options;
    const { sensitiveKeys = false, redact = [] } = options;
    const privacy = { redact, keepForMs: null };
    this.agent = { name: 'desk', version: 1, recording, privacy, sensitiveKeys };
    this.startedAt = startedAt;
    this.offeredMs = clock.nowMs();
    this.state = state;
    const path = () =>
      new AudioPath({ holdMs: 0, onTapFailure: (err) => log.error({ err }, 'A tap threw.') });
    this.paths = { caller: path(), agent: path() };
    this.router = new CallEventRouter(id, clock, gateway, this.paths);
    this.info = {
      platform: 'twilio',
      platformCallId: `CA-${id}`,
      direction: 'inbound',
      from: '+15550100001',
      to: '+15550100002',
      callerFormats: [MULAW],
      agentFormats: [MULAW],
      parameters: {},
      capabilities: {
        marks: true,
        resumeWithinMs: null,
        continuousCallerAudio: true,
        transfer: false,
        dial: false,
      },
    };
    this.close = observer.onCall(this);
  }

  /** The caller hangs up. Resolves when the observer has finished. */
  async end(): Promise<void> {
    this.state = 'ending';
    this.router.publish('call.ended', { reason: 'caller-hung-up', code: null, durationMs: 1 });
    await this.close?.();
  }
}
