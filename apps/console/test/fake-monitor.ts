import { ManualClock } from '#libs/testing';
import { MonitorClient, type MonitorSocket } from '../src/store/monitor-client.js';
import type { CallSummary } from '../src/store/protocol.js';

/** The gateway's end of one connection, in the hands of a test. */
export class FakeSocket implements MonitorSocket {
  readonly sent: { event: string; data: Record<string, unknown>; id?: string }[] = [];
  readonly binary: unknown[] = [];
  bufferedAmount = 0;
  closed = false;
  private readonly listeners = new Map<string, ((message: { data: unknown }) => void)[]>();

  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
    if (typeof data === 'string') this.sent.push(JSON.parse(data));
    else this.binary.push(data);
  }

  close(): void {
    this.closed = true;
  }

  addEventListener(name: string, listener: (message: { data: unknown }) => void): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  hello(role = 'operator'): void {
    this.tell('hello', { operator: { name: 'Ada', role }, version: 1 });
  }

  tell(event: string, data: object, id?: string): void {
    this.emit('message', JSON.stringify({ event, data, id }));
  }

  emit(name: 'message' | 'close', data?: unknown): void {
    for (const listener of this.listeners.get(name) ?? []) listener({ data });
  }

  /** What was asked for by this event, newest last. */
  asked(event: string): { event: string; data: Record<string, unknown>; id?: string }[] {
    return this.sent.filter((message) => message.event === event);
  }
}

export class FakeMonitor {
  readonly clock = new ManualClock();
  readonly sockets: FakeSocket[] = [];
  welcome = true;
  readonly client = new MonitorClient({
    open: () => {
      const socket = new FakeSocket();
      this.sockets.push(socket);
      return socket;
    },
    clock: this.clock,
    isWelcome: async () => this.welcome,
    random: () => 0.5,
  });

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  connect(): void {
    this.client.start();
    this.socket.hello();
  }
}

export function summary(change: Partial<CallSummary> = {}): CallSummary {
  return {
    callId: 'c1',
    platformCallId: 'CA1',
    platform: 'twilio',
    agent: { name: 'default', version: 1 },
    backend: 'echo',
    direction: 'inbound',
    from: '+4930123',
    to: '+1555',
    state: 'active',
    startedAt: 1000,
    connectedAfterMs: 100,
    endedAfterMs: null,
    reason: null,
    score: null,
    muted: false,
    takenOver: false,
    listeners: 0,
    costUsd: null,
    ...change,
  };
}
