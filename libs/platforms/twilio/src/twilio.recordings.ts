import type { CallView, GatewayError, PlatformRecordings } from '#libs/contracts';
import { ExpiringMap } from './expiring-map.js';
import { PLATFORM } from './twilio.leg-info.js';
import { LiveRecording } from './twilio.live-recording.js';
import { RecordingKeeper, type RecordingKeeperParts } from './twilio.recording-keeper.js';
import { isSid } from './twilio.recording-shelf.js';
import { RECORDING_PATH, type TwilioUrls } from './twilio.urls.js';

export interface TwilioRecordingsParts extends Omit<RecordingKeeperParts, 'isLive'> {
  readonly urls: TwilioUrls | null;
  /** Why Twilio is to record this call, if its agent's calls are recorded at all: the order to dial says so, or the settings. */
  readonly asked: (call: CallView) => 'order' | 'settings' | null;
}

/** What a callback tells of a recording. */
export interface RecordingNews {
  readonly callSid: string;
  readonly recordingSid: string;
  readonly status: string;
  readonly channels: number;
  /** What stands behind the callback's URL where the gateway began the recording. */
  readonly keep?: string | undefined;
}

const FOR_EVER = 'ever';
const REFUSED_MS = 86_400_000;
const MOST_REFUSED = 10_000;

/**
 * The recordings that Twilio makes: begun, paused and stopped as the agents' policies say, fetched when Twilio tells that they are
 * complete, and deleted in time or by a person's wish.
 */
export class TwilioRecordings implements PlatformRecordings {
  /** By CallSid. */
  private readonly live = new Map<string, LiveRecording>();
  /** Calls of which no recording is kept that has no note; marked on disk too, but a disk may be full. */
  private readonly refused: ExpiringMap<true>;
  private readonly keeper: RecordingKeeper;

  constructor(private readonly parts: TwilioRecordingsParts) {
    this.refused = new ExpiringMap(parts.clock, REFUSED_MS, MOST_REFUSED);
    this.keeper = new RecordingKeeper({ ...parts, isLive: (callSid) => this.live.has(callSid) });
  }

  onCall(call: CallView): void {
    const { rest, urls, clock, log, asked } = this.parts;
    const callSid = call.info.platformCallId;
    const why = asked(call);
    const policy = call.agent.recording;
    if (rest === null || urls === null || why === null) return;
    if (policy === null) {
      const { name: agent } = call.agent;
      const message =
        "An order asks for Twilio's recording, but calls of its agent are not recorded: set its `recording`.";
      if (why === 'order') log.warn({ callSid, agent }, message);
      return;
    }
    const { keepForMs } = policy;
    const known = (recordingSid: string) => ({ callSid, recordingSid, ours: true, keepForMs });
    const recording: LiveRecording = new LiveRecording({
      call,
      policy,
      rest,
      // What is to be done with it comes back with the callback, whatever has happened here meanwhile.
      callbackUrl: urls.webhook(`${RECORDING_PATH}?keep=${keepForMs ?? FOR_EVER}`),
      clock,
      log,
      onBegun: (recordingSid) => this.keeper.begun(known(recordingSid)),
      onPausing: (recordingSid) => this.keeper.held(known(recordingSid), false),
      onPaused: (recordingSid) => void this.keeper.held(known(recordingSid), true),
      onMissing: (error) => this.tell(callSid, error),
      onRefused: (recordingSid, error) => {
        this.refused.set(callSid, true);
        this.keeper.refuseCall(callSid);
        if (recordingSid !== null) this.keeper.refuse(known(recordingSid));
        if (error !== null) this.tell(callSid, error);
      },
      onDone: () => {
        if (this.live.get(callSid) === recording) this.live.delete(callSid);
      },
    });
    this.live.set(callSid, recording);
  }

  pause(callSid: string): boolean {
    return this.live.get(callSid)?.pause() ?? false;
  }

  resume(callSid: string): boolean {
    return this.live.get(callSid)?.resume() ?? false;
  }

  async remove(callSid: string): Promise<boolean> {
    const live = this.live.get(callSid);
    if (!isSid(callSid) || live?.isRunning) return false;
    // Of a call that is over, but perhaps not yet at Twilio.
    const refused = live?.refuse(null) ?? false;
    return (await this.keeper.remove(callSid)) || refused;
  }

  /** Never rejects. Resolves when it is noted; what there is to do is done behind it. Callbacks come twice. */
  async arrived({ callSid, recordingSid, status, channels, keep }: RecordingNews): Promise<void> {
    if (!isSid(callSid) || !isSid(recordingSid) || status === 'in-progress') return;
    const keepForMs = /^\d+$/.test(keep ?? '') ? Number(keep) : null;
    const known = { callSid, recordingSid, ours: keep !== undefined, keepForMs };
    await this.live.get(callSid)?.completed(recordingSid);
    if (status === 'completed')
      return this.keeper.completed(known, channels, this.refused.get(callSid) ?? false);
    this.parts.log.warn({ callSid, recordingSid, status }, 'Twilio has no recording of a call.');
    return this.keeper.absent(known);
  }

  close(): Promise<void> {
    return this.keeper.close();
  }

  private tell(callSid: string, { code, advice, message }: GatewayError): void {
    this.parts.log.error({ callSid, code, advice }, message);
    this.parts.events.publish('platform.failed', { platform: PLATFORM, code, fatal: false });
  }
}
