import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { frameFromBytes } from '#libs/audio';
import type { AudioFormat, Operator } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { CapturedLog, ManualClock, ObservedCall } from '#libs/testing';
import { LiveMonitorConfig } from '../src/live-monitor.config.js';
import { LiveMonitorObserver } from '../src/live-monitor.observer.js';
import { Viewer } from '../src/viewer.js';

export const PCM24: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
export const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

const OPERATOR: Operator = { name: 'Ada', role: 'operator' };

/** The near end of a viewer's socket: keeps what is sent, and is as full and as silent as a test wants it. */
export class OpenSocket extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  answersPings = true;
  readonly sent: { readonly data: Buffer; readonly binary: boolean }[] = [];

  send(data: Buffer, { binary }: { binary: boolean }): void {
    this.sent.push({ data, binary });
  }

  ping(payload: Buffer): void {
    if (this.answersPings) this.emit('pong', payload);
  }

  get frames(): Buffer[] {
    return this.sent.filter(({ binary }) => binary).map(({ data }) => data);
  }

  get sound(): Buffer {
    return Buffer.concat(this.frames.map((frame) => frame.subarray(24)));
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the protocol says is there.
  told(event: string): any[] {
    return this.sent
      .filter(({ binary }) => !binary)
      .map(({ data }) => JSON.parse(data.toString()))
      .filter((message) => message.event === event)
      .map(({ data }) => data);
  }
}

/** A call with real routers and paths on a clock that stands still, and the monitor that sees it. */
export class Rig {
  readonly clock = new ManualClock();
  readonly log = new CapturedLog();
  readonly config = new LiveMonitorConfig();
  readonly monitor: LiveMonitorObserver;
  private readonly gateway = new GatewayEventRouter(this.clock, this.log);

  constructor(config: Partial<LiveMonitorConfig> = {}) {
    Object.assign(this.config, config);
    this.monitor = new LiveMonitorObserver(this.config, this.clock, this.log);
  }

  get list() {
    return this.monitor.list;
  }

  call(id: string): RigCall {
    return new RigCall(id, this.clock, this.gateway, this.log, this.monitor);
  }

  viewer(operator = OPERATOR): { socket: OpenSocket; viewer: Viewer } {
    const socket = new OpenSocket();
    const { maxBufferedBytes } = this.config;
    return {
      socket,
      viewer: new Viewer(socket as unknown as WebSocket, operator, this.clock, maxBufferedBytes),
    };
  }
}

export class RigCall extends ObservedCall {
  constructor(
    id: string,
    private readonly clock: ManualClock,
    gateway: GatewayEventRouter,
    log: CapturedLog,
    observer: LiveMonitorObserver,
  ) {
    super(id, { clock, gateway, log, observer, startedAt: 1_700_000_000_000, state: 'offered' });
    this.router.publish('call.offered', {
      platform: 'twilio',
      backend: 'echo',
      direction: 'inbound',
      agent: 'desk',
      agentVersion: 1,
    });
    this.state = 'active';
  }

  /** Sound of the agent that will be heard from `inMs` on. */
  agentSays(bytes: Uint8Array, inMs: number, format = PCM24): void {
    this.paths.agent.push(frameFromBytes('agent', format, this.clock.nowMs() + inMs, bytes));
  }

  callerSays(bytes: Uint8Array): void {
    this.paths.caller.push(frameFromBytes('caller', MULAW, this.clock.nowMs(), bytes));
  }
}

/** PCM16 in which no two samples near each other are alike. */
export function ramp(durationMs: number, sampleRate = 24_000): Buffer {
  const samples = Int16Array.from({ length: (durationMs * sampleRate) / 1000 }, (_, i) => (i * 37) % 30_011);
  return Buffer.from(samples.buffer);
}
