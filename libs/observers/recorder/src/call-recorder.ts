import {
  type CallView,
  type Cancel,
  type Clock,
  GatewayError,
  type GatewayEvents,
  type Log,
  type RecordingPolicy,
  SensitiveKeys,
  type Unsubscribe,
} from '#libs/contracts';
import { soundLost, writeFailed } from './errors.js';
import { Pauses } from './pauses.js';
import type { Shelf, Slot } from './shelf.js';
import type { Sidecar } from './sidecar.js';
import { TrackLine } from './track-line.js';
import { TrackQueue } from './track-queue.js';
import type { WavFile } from './wav-file.js';

/** How often sound goes to disk. */
const WRITE_EVERY_MS = 400;
/**
 * Sound is written so long after it was heard: what comes behind a late frame tells how late it was, and a cut finds the agent's
 * sound unwritten. Together with `WRITE_EVERY_MS` less than the second that may be lost when the process dies.
 */
const BEHIND_MS = 400;
/**
 * A platform tells of a key when its tone has sounded. Of a call in which keys may turn out to be such that nobody shall keep them, sound
 * is written so much later.
 */
const TONE_MS = 2000;
const CHUNK_MS = 500;

export interface CallRecorderOptions {
  readonly call: CallView;
  readonly policy: RecordingPolicy;
  readonly clock: Clock;
  readonly log: Log;
  readonly shelf: Shelf;
  readonly highestSampleRate: number;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

/** Records one call. On the sound's way through the gateway it only keeps references; the rest is a timer's. */
export class CallRecorder {
  readonly slot: Slot;
  private readonly caller: TrackQueue;
  private readonly agent: TrackQueue;
  private readonly pauses = new Pauses();
  private readonly keys: SensitiveKeys;
  private readonly untap: Unsubscribe[] = [];
  private startMs: number | null = null;
  private endMs: number | null = null;
  private file: WavFile | null = null;
  private sidecar: Sidecar | null = null;
  private lines: readonly TrackLine[] = [];
  private chunk = new Int16Array(0);
  /** Frames of two samples that are in the file. */
  private written = 0;
  private writing: Promise<void> = Promise.resolve();
  private isWriting = false;
  private failed = false;
  private toldLost = false;
  private formats: GatewayEvents['call.connected'] | null = null;
  private cancelTimer: Cancel | null = null;

  constructor(private readonly options: CallRecorderOptions) {
    const { call, clock, shelf, policy } = options;
    const { router } = call;
    const nowMs = () => clock.nowMs();
    this.slot = shelf.slot(call.id, call.startedAt);
    this.caller = new TrackQueue('caller', nowMs);
    this.agent = new TrackQueue('agent', nowMs);
    if (policy.fromAnswer) router.on('call.answered', () => this.begin());
    router.on('call.connected', (formats) => {
      this.formats = formats;
      this.begin();
    });
    router.on('call.suspended', () => this.agent.deafen(nowMs()));
    router.on('call.resumed', () => this.agent.listen(nowMs()));
    this.keys = new SensitiveKeys(router, clock, (typing, sinceMs) => {
      if (!typing) this.release('digits', 'digits');
      else this.hold('digits', 'digits', sinceMs < nowMs() ? sinceMs - TONE_MS : sinceMs);
    });
    // In turns of text there is no sound any more.
    router.on('call.fell.back', ({ to }) => {
      if (to === 'turns' && this.isRecording) this.stop();
    });
    router.on('call.ended', () => this.stop());
  }

  get isRecording(): boolean {
    return this.startMs !== null && this.endMs === null && !this.failed;
  }

  /** Sound that waits to be written, in frames. */
  get waitingFrames(): number {
    return this.caller.frames + this.agent.frames;
  }

  /** What was due is written. */
  get idle(): Promise<void> {
    return this.writing;
  }

  pause(by: string): boolean {
    if (!this.isRecording) return false;
    this.hold('operator', by);
    return true;
  }

  resume(by: string): boolean {
    if (!this.isRecording) return false;
    this.release('operator', by);
    return true;
  }

  /** After the call: writes what is left. The finished recording; null where there is none. */
  async finish(): Promise<Sidecar | null> {
    if (this.startMs === null) return null;
    await this.writing;
    if (!this.failed) await this.write(this.endMs!);
    const { file, sidecar } = this;
    if (file === null || sidecar === null || this.failed) return null;
    const { keepForMs } = sidecar;
    const { bytes, durationMs, sampleRate } = file;
    const deleteAt = keepForMs === null ? null : this.options.wallMs() + keepForMs;
    const saved: Sidecar = { ...sidecar, bytes, durationMs, deleteAt, state: 'saved' };
    try {
      await file.close();
      await this.options.shelf.finish(this.slot, saved);
    } catch (thrown) {
      this.fail(thrown);
      return null;
    }
    this.options.call.router.publish('recording.saved', { sampleRate, durationMs, bytes });
    return saved;
  }

  private begin(): void {
    if (this.startMs !== null || this.endMs !== null) return;
    const { call, clock } = this.options;
    this.startMs = clock.nowMs();
    this.untap.push(call.router.audio('caller').tap(this.caller), call.router.audio('agent').tap(this.agent));
    this.cancelTimer = clock.every(WRITE_EVERY_MS, () => this.tick());
    if (this.formats !== null) this.tick();
  }

  /** Writes no more than the disk takes; what waits meanwhile is bounded. */
  private tick(): void {
    if (this.isWriting || this.failed) return;
    this.writing = this.write(this.dueMs());
  }

  /** Until then nothing changes any more. */
  private dueMs(): number {
    const { call, clock } = this.options;
    const nowMs = clock.nowMs();
    if (!call.agent.sensitiveKeys) return nowMs - BEHIND_MS;
    return Math.min(nowMs, this.keys.unsettledSinceMs ?? nowMs) - TONE_MS;
  }

  /** Until then, on the gateway's clock. Never rejects. */
  private async write(untilMs: number): Promise<void> {
    this.isWriting = true;
    try {
      const file = this.file ?? (await this.open());
      const until = Math.floor(((untilMs - this.startMs!) * file.sampleRate) / 1000);
      while (this.written < until && !this.failed) await this.append(file, until);
      this.tellLost();
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      this.isWriting = false;
    }
  }

  private async append(file: WavFile, until: number): Promise<void> {
    const { sampleRate } = file;
    const frames = Math.min(until - this.written, (CHUNK_MS * sampleRate) / 1000);
    const stereo = this.chunk.subarray(0, frames * 2).fill(0);
    for (const line of this.lines) line.render(stereo, this.written, frames);
    const fromMs = this.startMs! + (this.written * 1000) / sampleRate;
    this.pauses.silence(stereo, fromMs, frames, sampleRate);
    await file.append(new Uint8Array(stereo.buffer, stereo.byteOffset, stereo.byteLength));
    this.written += frames;
  }

  private async open(): Promise<WavFile> {
    const { call, policy, shelf } = this.options;
    const sampleRate = this.sampleRate();
    const startedAt = this.options.wallMs();
    this.sidecar = {
      callId: call.id,
      agent: call.agent.name,
      startedAt,
      keepForMs: policy.keepForMs,
      deleteAt: null,
      state: 'running',
      sampleRate,
      durationMs: 0,
      bytes: 0,
      objectKey: null,
    };
    const file = await shelf.begin(this.slot, this.sidecar);
    this.file = file;
    this.chunk = new Int16Array((CHUNK_MS * sampleRate * 2) / 1000);
    this.lines = [
      new TrackLine(this.caller, sampleRate, this.startMs!, 0),
      new TrackLine(this.agent, sampleRate, this.startMs!, 1),
    ];
    call.router.publish('recording.started', { sampleRate });
    return file;
  }

  /** The better of both tracks; before the AI is there it is not known, and the best is taken. */
  private sampleRate(): number {
    const { highestSampleRate } = this.options;
    if (this.formats === null) return highestSampleRate;
    const { callerFormat, aiAgentFormat } = this.formats;
    return Math.min(highestSampleRate, Math.max(callerFormat.sampleRate, aiAgentFormat.sampleRate));
  }

  private hold(holder: string, by: string, fromMs = this.options.clock.nowMs()): void {
    const nowMs = this.options.clock.nowMs();
    if (!this.pauses.begin(holder, fromMs)) return;
    this.caller.deafen(nowMs);
    if (this.isRecording) this.options.call.router.publish('recording.paused', { by });
  }

  private release(holder: string, by: string): void {
    const nowMs = this.options.clock.nowMs();
    if (!this.pauses.end(holder, nowMs)) return;
    this.caller.listen(nowMs);
    if (this.isRecording) this.options.call.router.publish('recording.resumed', { by });
  }

  /** The call is over: what the agent had not been heard to say it never said. */
  private stop(): void {
    if (this.endMs !== null) return;
    const nowMs = this.options.clock.nowMs();
    this.endMs = nowMs;
    this.agent.cut(nowMs);
    this.letGo();
  }

  private letGo(): void {
    this.cancelTimer?.();
    this.keys.close();
    for (const untap of this.untap.splice(0)) untap();
  }

  private tellLost(): void {
    const lost = this.caller.takeLost() + this.agent.takeLost();
    if (lost === 0 || this.toldLost) return;
    this.toldLost = true;
    this.tell(soundLost());
  }

  /** The call goes on without its recording. What is in the file stays, to be finished by the next sweep. */
  private fail(thrown: unknown): void {
    if (this.failed) return;
    this.failed = true;
    this.letGo();
    this.caller.clear();
    this.agent.clear();
    void this.file?.close().catch(() => undefined);
    this.tell(thrown instanceof GatewayError ? thrown : writeFailed(thrown));
  }

  private tell({ code, message, advice }: GatewayError): void {
    const { log, call } = this.options;
    log.error({ code, reason: message, advice, callId: call.id }, 'A call is not recorded, or not wholly.');
    call.router.publish('recording.failed', { code });
  }
}
