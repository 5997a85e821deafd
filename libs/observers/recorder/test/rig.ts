import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frameFromBytes, frameFromSamples, readWav, type WavSound } from '#libs/audio';
import type { AudioFormat, RecordingPolicy } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { CapturedLog, EventTape, ManualClock, ObservedCall } from '#libs/testing';
import { RecorderConfig } from '../src/recorder.config.js';
import { RecorderObserver } from '../src/recorder.observer.js';

export const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
export const PCM24: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };

export const POLICY: RecordingPolicy = { announcement: null, fromAnswer: false, keepForMs: null };

/** 2026-03-01 12:00 UTC. */
export const NOON = Date.UTC(2026, 2, 1, 12);

const folders: string[] = [];

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-recorder-'));
  folders.push(folder);
  return folder;
}

/** Recordings are large. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The recorder on a real disk and a clock that stands still; the time of day goes with the clock. */
export class Rig {
  readonly log = new CapturedLog();
  readonly config = new RecorderConfig();
  readonly recorder: RecorderObserver;
  readonly tape: EventTape;
  private readonly zeroMs: number;
  private readonly gateway: GatewayEventRouter;

  constructor(
    readonly dataDir = freshFolder(),
    config: Partial<RecorderConfig> = {},
    readonly beganAt = NOON,
    readonly clock = new ManualClock(),
  ) {
    this.zeroMs = clock.nowMs();
    this.gateway = new GatewayEventRouter(clock, this.log);
    Object.assign(this.config, config);
    this.tape = new EventTape(this.gateway);
    this.recorder = new RecorderObserver(this.config, this, () => this.wallMs());
  }

  get archive() {
    return this.recorder.archive;
  }

  wallMs(): number {
    return this.beganAt + this.clock.nowMs() - this.zeroMs;
  }

  call(id: string, policy: RecordingPolicy | null = POLICY, sensitiveKeys = false): RigCall {
    return new RigCall(id, policy, sensitiveKeys, this, this.gateway);
  }

  fileOf(id: string, day = '2026-03-01'): string {
    return join(this.dataDir, 'recordings', day, `${id}.wav`);
  }

  wav(id: string): WavSound {
    return readWav(readFileSync(this.fileOf(id)));
  }
}

export class RigCall extends ObservedCall {
  constructor(
    id: string,
    recording: RecordingPolicy | null,
    sensitiveKeys: boolean,
    private readonly rig: Rig,
    gateway: GatewayEventRouter,
  ) {
    const { clock, log, recorder: observer } = rig;
    super(id, { clock, gateway, log, observer, startedAt: rig.wallMs(), recording, sensitiveKeys });
  }

  connect(aiAgentFormat = PCM24): void {
    this.router.publish('call.connected', {
      platform: 'twilio',
      backend: 'echo',
      callerFormat: MULAW,
      agentFormat: MULAW,
      aiCallerFormat: MULAW,
      aiAgentFormat,
      setupMs: 1,
    });
  }

  /** 20 ms that the caller has just spoken, at a steady level. */
  callerSays(level: number, format: AudioFormat = MULAW): void {
    const samples = new Int16Array(format.sampleRate / 50).fill(level);
    this.paths.caller.push(frameFromSamples('caller', format, this.rig.clock.nowMs(), samples));
  }

  /** Heard from `inMs` on. */
  agentSays(level: number, durationMs: number, inMs = 0, format = PCM24): void {
    const samples = new Int16Array((durationMs * format.sampleRate) / 1000).fill(level);
    const bytes = new Uint8Array(samples.buffer);
    this.paths.agent.push(frameFromBytes('agent', format, this.rig.clock.nowMs() + inMs, bytes));
  }

  /** Time goes on in steps of 20 ms, and what becomes due is written. */
  async pass(ms: number, eachFrame: () => void = () => undefined): Promise<void> {
    for (let doneMs = 0; doneMs < ms; doneMs += 20) {
      this.rig.clock.advance(20);
      eachFrame();
      await this.rig.archive.running.get(this.id)?.idle;
    }
  }

  override async end(): Promise<void> {
    await super.end();
    this.router.close();
  }
}
