import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '#libs/testing';

/** A message of the monitor as it came. */
export interface Told {
  readonly event: string;
  readonly id?: string | number;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the protocol says is there.
  readonly data: any;
}

/** A binary frame, taken apart. */
export interface HeardFrame {
  readonly speaker: 'AI' | 'Caller';
  readonly format: 'pcm16' | 'mulaw' | 'alaw';
  readonly stream: number;
  readonly sampleRate: number;
  readonly atMs: number;
  readonly bytes: Buffer;
  /** When it came, by this process's clock. */
  readonly arrivedMs: number;
}

const FORMATS = ['pcm16', 'mulaw', 'alaw'] as const;

/** A viewer at the monitor's socket. */
export class MonitorClient {
  readonly told: Told[] = [];
  readonly frames: HeardFrame[] = [];
  closedWith: number | null = null;
  private ids = 0;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.frames.push(frameOf(data));
      else this.told.push(JSON.parse(data.toString()) as Told);
    });
    socket.on('close', (code) => {
      this.closedWith = code;
    });
    socket.on('error', () => undefined);
  }

  static async open(wsOrigin: string, headers: Record<string, string> = {}): Promise<MonitorClient> {
    const client = new MonitorClient(new WebSocket(`${wsOrigin}/monitor`, { headers }));
    await once(client.socket, 'open');
    await client.until('hello');
    return client;
  }

  /** The HTTP status with which the upgrade is refused; 101 where it is not. */
  static status(wsOrigin: string, headers: Record<string, string>): Promise<number> {
    const socket = new WebSocket(`${wsOrigin}/monitor`, { headers });
    return new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      socket.on('open', () => {
        resolve(101);
        socket.terminate();
      });
    });
  }

  /** The answer to a message. */
  async ask(event: string, data: object = {}): Promise<Told> {
    const id = ++this.ids;
    this.socket.send(JSON.stringify({ event, data, id }));
    await until(() => this.told.some((message) => message.id === id), `the answer to ${event}`);
    return this.told.find((message) => message.id === id)!;
  }

  async until(event: string, matches: (data: Told['data']) => boolean = () => true): Promise<Told['data']> {
    const find = () => this.told.find((message) => message.event === event && matches(message.data));
    await until(() => find() !== undefined, `${event} from the monitor`, 15_000);
    return find()!.data;
  }

  all(event: string): Told['data'][] {
    return this.told.filter((message) => message.event === event).map(({ data }) => data);
  }

  /** Events of a call, of one type. */
  events(type: string): Told['data'][] {
    return this.all('call.event').filter((event) => event.type === type);
  }

  sound(speaker: 'AI' | 'Caller'): Buffer {
    return Buffer.concat(this.frames.filter((frame) => frame.speaker === speaker).map(({ bytes }) => bytes));
  }

  async close(): Promise<void> {
    if (this.closedWith !== null) return;
    this.socket.close();
    await once(this.socket, 'close');
  }
}

function frameOf(data: Buffer): HeardFrame {
  if (data.readUInt8(0) !== 1) throw new Error('Another version of the frames.');
  return {
    speaker: data.readUInt8(1) === 1 ? 'AI' : 'Caller',
    format: FORMATS[data.readUInt8(2)]!,
    stream: data.readUInt32LE(4),
    sampleRate: data.readUInt32LE(8),
    atMs: data.readDoubleLE(16),
    bytes: data.subarray(24),
    arrivedMs: performance.now(),
  };
}
