import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** A server on loopback that hands over the first socket it gets, and a client that plays Twilio on it. */
export class StreamPair {
  readonly received: string[] = [];
  closeCode: number | null = null;

  private constructor(
    readonly client: WebSocket,
    private readonly server: WebSocketServer,
    private readonly gatewayClosed: Promise<void>,
  ) {
    client.on('message', (data) => this.received.push(String(data)));
    client.on('close', (code) => {
      this.closeCode = code;
    });
    client.on('error', () => this.received.push('error'));
  }

  static async open(onSocket: (socket: WebSocket) => void): Promise<StreamPair> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 64 * 1024 });
    const gatewayClosed = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        onSocket(socket);
        socket.once('close', () => resolve());
      });
    });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      perMessageDeflate: false,
    });
    const pair = new StreamPair(client, server, gatewayClosed);
    await once(client, 'open');
    return pair;
  }

  /** Sends, and comes back when all of it was read and everything said until then has arrived here. */
  async send(...messages: (object | string | Buffer)[]): Promise<void> {
    for (const message of messages) {
      this.client.send(
        typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message),
      );
    }
    await this.settled();
  }

  async settled(): Promise<void> {
    if (this.client.readyState !== WebSocket.OPEN) return;
    const closed = new AbortController();
    const pong = once(this.client, 'pong', { signal: closed.signal });
    const close = once(this.client, 'close', { signal: closed.signal });
    this.client.ping();
    try {
      await Promise.race([pong, close]);
    } finally {
      closed.abort();
      await Promise.allSettled([pong, close]);
    }
  }

  /** The code that the client saw, once both ends are closed. */
  async closed(): Promise<number> {
    await this.gatewayClosed;
    if (this.closeCode === null) await once(this.client, 'close');
    return this.closeCode!;
  }

  /** What came from the gateway, parsed; and forgets it. */
  take(): Record<string, unknown>[] {
    return this.received.splice(0).map((text) => JSON.parse(text));
  }

  async end(): Promise<void> {
    this.client.terminate();
    for (const socket of this.server.clients) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
