import { bytesFromSamples, writeWav } from '#libs/audio';
import type { LineRecord } from '../call/line-record.js';
import { recordingOf } from '../call/recording.js';
import { newSid } from './twilio-options.js';

export interface RecordingOrder {
  readonly channels: 1 | 2;
  readonly source: 'OutboundAPI' | 'StartCallRecordingAPI';
  readonly callback: string | null;
  readonly method: 'GET' | 'POST';
  readonly events: readonly string[];
}

/** What REST makes of a recording that is under way. */
export interface RecordingChange {
  readonly status: 'in-progress' | 'paused' | 'stopped';
  readonly pauseBehavior: 'silence' | 'skip';
}

interface Pause {
  readonly fromMs: number;
  toMs: number;
  readonly behavior: RecordingChange['pauseBehavior'];
}

/** One recording that Twilio makes of a call. Its times are those of the line, from when it was up. */
export class TwilioRecording {
  readonly sid = newSid('RE');
  readonly startedAt = new Date();
  /** Null while it is being made. */
  wav: Uint8Array | null = null;
  durationS = 0;
  deleted = false;
  private readonly pauses: Pause[] = [];

  constructor(
    readonly accountSid: string,
    readonly callSid: string,
    readonly order: RecordingOrder,
    private readonly beganMs: number,
  ) {}

  get status(): 'in-progress' | 'paused' | 'completed' {
    if (this.wav !== null) return 'completed';
    return this.pauses.at(-1)?.toMs === Number.POSITIVE_INFINITY ? 'paused' : 'in-progress';
  }

  pause(atMs: number, behavior: RecordingChange['pauseBehavior']): void {
    if (this.status === 'in-progress')
      this.pauses.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY, behavior });
  }

  resume(atMs: number): void {
    if (this.status === 'paused') this.pauses.at(-1)!.toMs = atMs;
  }

  get uri(): string {
    return `/2010-04-01/Accounts/${this.accountSid}/Recordings/${this.sid}`;
  }

  /** The call is over, or it was stopped. What was said is on the left, what was played on the right. */
  finish(record: LineRecord): void {
    const { sampleRate, spoken, heard } = recordingOf(record);
    const { channels } = this.order;
    const samples = new Int16Array(channels * heard.length);
    let filled = 0;
    for (let i = Math.round((this.beganMs * sampleRate) / 1000); i < heard.length; i++) {
      const pause = this.pauseAt((i * 1000) / sampleRate);
      if (pause?.behavior === 'skip') continue;
      if (pause === undefined && channels === 1) samples[filled] = Math.round((spoken[i]! + heard[i]!) / 2);
      else if (pause === undefined) samples.set([spoken[i]!, heard[i]!], filled);
      filled += channels;
    }
    this.durationS = Math.round(filled / channels / sampleRate);
    this.wav = writeWav(
      { encoding: 'pcm16', sampleRate },
      channels,
      bytesFromSamples(samples.subarray(0, filled)),
    );
  }

  private pauseAt(ms: number): Pause | undefined {
    return this.pauses.find(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
  }

  /** What the callback carries. */
  form(origin: string): Record<string, string> {
    return {
      AccountSid: this.accountSid,
      CallSid: this.callSid,
      RecordingSid: this.sid,
      RecordingUrl: origin + this.uri,
      RecordingStatus: this.status,
      RecordingDuration: String(this.durationS),
      RecordingChannels: String(this.order.channels),
      RecordingStartTime: this.startedAt.toUTCString().replace('GMT', '+0000'),
      RecordingSource: this.order.source,
      RecordingTrack: 'both',
    };
  }

  /** `status` where the answer names what was asked for. */
  view(status: string = this.status): object {
    return {
      sid: this.sid,
      account_sid: this.accountSid,
      call_sid: this.callSid,
      status,
      channels: this.order.channels,
      source: this.order.source,
      track: 'both',
      start_time: this.startedAt.toUTCString().replace('GMT', '+0000'),
      duration: this.wav === null ? '-1' : String(this.durationS),
      api_version: '2010-04-01',
      uri: `${this.uri}.json`,
    };
  }
}
