import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Watched } from '#libs/testing';
import { breachOfSchema } from './client-schema.js';

export type Event = Record<string, unknown> & { readonly type: string };

export interface ServerScript {
  /** Answers the upgrade itself. True: it did. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex) => boolean;
  /** Absent: the session is created, and updated as asked. */
  readonly onOpen?: (peer: Peer) => void;
  /** Milliseconds until the session ends, counted from `unixMs`. */
  readonly expiresInMs?: number;
  readonly unixMs?: () => number;
}

/** One connection as the server sees it. */
export class Peer extends Watched {
  readonly received: Event[] = [];
  /** What OpenAI's schema does not allow. */
  readonly invalid: string[] = [];
  readonly appended: string[] = [];
  closedWith: number | null = null;

  constructor(
    readonly socket: WebSocket,
    readonly request: IncomingMessage,
  ) {
    super();
    socket.on('message', (data: Buffer) => this.read(JSON.parse(data.toString())));
    socket.on('close', (code: number) => {
      this.closedWith = code;
      this.changed();
    });
  }

  send(event: object): void {
    this.socket.send(JSON.stringify(event));
  }

  ofType(type: string): Event[] {
    return this.received.filter((event) => event.type === type);
  }

  /** The `nth` event of this type, when it is there. */
  async next(type: string, nth = 1): Promise<Event> {
    await this.until(() => this.ofType(type).length >= nth);
    return this.ofType(type)[nth - 1]!;
  }

  async gone(): Promise<number> {
    await this.until(() => this.closedWith !== null);
    return this.closedWith!;
  }

  private read(event: Event): void {
    const breach = breachOfSchema(event);
    if (breach !== null) this.invalid.push(breach);
    if (event.type === 'input_audio_buffer.append') this.appended.push(String(event.audio));
    else this.received.push(event);
    this.changed();
  }
}

/** A server on loopback that does what the spec says, also what no real server should. */
export class ScriptedServer extends Watched {
  readonly peers: Peer[] = [];
  upgrades = 0;
  private readonly http: Server = createServer((_request, response) => response.writeHead(404).end());
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly hanging = new Set<Duplex>();

  private constructor(private readonly script: ServerScript) {
    super();
    this.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrades++;
      this.hanging.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.hanging.delete(socket);
        this.changed();
      });
      this.changed();
      if (script.onUpgrade?.(request, socket)) {
        // Otherwise nobody would notice that the client is gone.
        socket.resume();
        socket.on('end', () => socket.end());
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (client) => this.open(client, request));
    });
  }

  static async start(script: ServerScript = {}): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await new Promise<void>((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}/v1/realtime`;
  }

  /** Sockets that are still there. */
  get openSockets(): number {
    return this.hanging.size;
  }

  async peer(nth = 1): Promise<Peer> {
    await this.until(() => this.peers.length >= nth);
    return this.peers[nth - 1]!;
  }

  async close(): Promise<string[]> {
    for (const socket of this.hanging) socket.destroy();
    await new Promise((resolve) => {
      this.http.close(resolve);
      this.http.closeAllConnections();
    });
    return this.peers.flatMap((peer) => peer.invalid);
  }

  private open(client: WebSocket, request: IncomingMessage): void {
    const peer = new Peer(client, request);
    this.peers.push(peer);
    if (this.script.onOpen === undefined) this.accept(peer);
    else this.script.onOpen(peer);
    this.changed();
  }

  /** What a good server does. */
  private accept(peer: Peer): void {
    const { expiresInMs = 3_600_000, unixMs = Date.now } = this.script;
    const expires_at = Math.round((unixMs() + expiresInMs) / 1000);
    const session = { id: 'sess_1', type: 'realtime', model: 'gpt-realtime-2.1', expires_at };
    peer.send({ type: 'session.created', event_id: 'e1', session });
    void peer.next('session.update').then(({ session: asked }) => {
      peer.send({ type: 'session.updated', event_id: 'e2', session: { ...session, ...(asked as object) } });
    });
  }
}

/** Answers an upgrade with plain HTTP. */
export function refuseWith(status: number, headers = ''): ServerScript {
  return {
    onUpgrade: (_request, socket) => {
      socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`);
      return true;
    },
  };
}
