import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type {
  Cancel,
  Clock,
  EdgeRequest,
  EventSink,
  Log,
  UpgradeDecision,
  UpgradeRejectReason,
} from '#libs/contracts';
import { parseControlMessage } from '#libs/contracts';
import { CALL_LIMITS, guardAgainstFlood } from './flood-guard.js';
import { EdgeRoute, type EdgeWebSocketServer } from './route.js';
import { sendAway } from './send-away.js';

export interface EdgeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventSink;
  readonly isDraining: () => boolean;
  /** How long a gateway may take to say yes or no. */
  readonly authorizeTimeoutMs: number;
  /** Pings go out this often; a peer that misses two is cut. */
  readonly heartbeatMs: number;
  readonly maxSockets: number;
  readonly maxSocketsPerAddress: number;
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const DEFAULT_MAX_PAYLOAD = 256 * 1024;
const MAX_FRAGMENTS = 64;
/** Far more than the two seconds of sound that a slow reader is allowed. */
const MOST_BUFFERED_BYTES = 2 * 1024 * 1024;
const BOUND_EVERY_MS = 250;
const MISSED_PINGS = 2;
/** Of the range for applications: 401 of HTTP, after the upgrade. */
const LOGGED_OUT = 4401;

type Refusal =
  | Extract<UpgradeDecision, { ok: false }>
  | { ok: false; status: 500; reason: UpgradeRejectReason };

/**
 * The one way in for WebSockets. Everything is decided before the upgrade: draining, path, number of connections, then the
 * gateway's own `authorize`. Nest keeps what it is good for (dependency injection, life cycle); messages of gateways without
 * `@SubscribeMessage` never pass through it.
 */
export class EdgeWsAdapter extends WsAdapter {
  private readonly routes: EdgeRoute[] = [];
  private readonly missed = new WeakMap<WebSocket, number>();
  private readonly perAddress = new Map<string, number>();
  private readonly stopHeartbeat: Cancel;
  private readonly stopBounding: Cancel;
  private sockets = 0;
  private readonly onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void this.admit(request, socket, head);
  };

  constructor(
    app: INestApplicationContext,
    private readonly options: EdgeOptions,
  ) {
    // Binary messages and what is no control message reach no handler; a gateway that wants them reads its socket.
    super(app, { messageParser: (data) => parseControlMessage(data) ?? undefined });
    (this.httpServer as HttpServer).on('upgrade', this.onUpgrade);
    this.stopHeartbeat = options.clock.every(options.heartbeatMs, () => this.heartbeat());
    this.stopBounding = options.clock.every(BOUND_EVERY_MS, () => this.cutThoseThatNeverRead());
  }

  /** Called by Nest for each gateway. Two gateways on one path are refused: one of them would go unguarded. */
  override create(
    port: number,
    options: ServerOptions & { namespace?: string; server?: unknown } = {},
  ): EdgeWebSocketServer {
    const { path = '/', namespace: _namespace, server: _server, ...rest } = options;
    if (port !== 0) throw new Error(`The gateway on ${path} asks for a port of its own; use a path.`);
    if (this.routes.some((route) => route.path === path))
      throw new Error(`Two gateways share the path ${path}.`);
    const server: EdgeWebSocketServer = new WebSocketServer({
      perMessageDeflate: false,
      maxPayload: DEFAULT_MAX_PAYLOAD,
      maxFragments: MAX_FRAGMENTS,
      ...rest,
      noServer: true,
    } as ServerOptions);
    this.routes.push(new EdgeRoute(path, server));
    return server;
  }

  /** A gateway without `@SubscribeMessage` reads its socket itself; parsing each frame again would only cost. */
  override bindMessageHandlers(
    ...[client, handlers, transform]: Parameters<WsAdapter['bindMessageHandlers']>
  ): void {
    if (handlers.length > 0) super.bindMessageHandlers(client, handlers, transform);
  }

  /** Says goodbye to every socket. What calls need is done before: by now they have ended. */
  override async close(server: EdgeWebSocketServer): Promise<void> {
    for (const client of server.clients) client.close(1001, 'going away');
    await super.close(server);
  }

  override async dispose(): Promise<void> {
    this.stopHeartbeat();
    this.stopBounding();
    (this.httpServer as HttpServer).off('upgrade', this.onUpgrade);
    await super.dispose();
  }

  private async admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A raw socket that fails without a listener would take the process with it.
    const onError = () => socket.destroy();
    socket.on('error', onError);
    const path = (request.url ?? '/').split('?', 1)[0]!;
    const found = this.find(path);
    // What is published and logged is the gateway's own pattern: the path as sent may hold a token.
    const label = found?.route.path ?? 'unknown';
    try {
      const refusal = found === null ? refuse(404, 'unknown-path') : this.refusal(found.route, request);
      if (refusal !== null || found === null)
        return this.reject(socket, label, refusal ?? refuse(404, 'unknown-path'));
      const leave = this.enter(request, socket);
      const decision = await this.decide(found.route, request, path, found.params);
      if (!decision.ok) {
        leave();
        return this.reject(socket, label, decision);
      }
      if (socket.destroyed || !socket.writable) {
        leave();
        decision.abandon?.();
        return;
      }
      socket.off('error', onError);
      this.upgrade(found, request, socket, head, path, decision);
    } catch (thrown) {
      this.options.log.error(
        { err: thrown, path: label, code: 'UPGRADE_FAILED' },
        'An upgrade failed inside the gateway.',
      );
      this.reject(socket, label, refuse(500, 'internal-error'));
    }
  }

  private find(path: string): { route: EdgeRoute; params: Record<string, string> } | null {
    for (const route of this.routes) {
      const params = route.match(path);
      if (params !== null) return { route, params };
    }
    return null;
  }

  private refusal(route: EdgeRoute, request: IncomingMessage): Refusal | null {
    if (this.options.isDraining() && !route.server.admitsWhileDraining?.()) return refuse(503, 'draining');
    if (this.sockets >= this.options.maxSockets) return refuse(503, 'full');
    const ofAddress = this.perAddress.get(addressOf(request)) ?? 0;
    return ofAddress >= this.options.maxSocketsPerAddress ? refuse(429, 'too-many-connections') : null;
  }

  /** Counts the connection from now on, so that upgrades under way count too. */
  private enter(request: IncomingMessage, socket: Duplex): () => void {
    const address = addressOf(request);
    this.sockets++;
    this.perAddress.set(address, (this.perAddress.get(address) ?? 0) + 1);
    let inside = true;
    const leave = () => {
      if (!inside) return;
      inside = false;
      this.sockets--;
      const left = (this.perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.perAddress.set(address, left);
      else this.perAddress.delete(address);
    };
    socket.once('close', leave);
    return leave;
  }

  private async decide(
    route: EdgeRoute,
    request: IncomingMessage,
    path: string,
    params: Record<string, string>,
  ): Promise<UpgradeDecision> {
    // A gateway that forgot to say who may come in lets nobody in.
    if (!route.server.authorize) return { ok: false, status: 403, reason: 'no-credentials' };
    let cancelTimer: Cancel = () => undefined;
    let timedOut = false;
    const asked = Promise.resolve(route.server.authorize({ request, path, params })).then((decision) => {
      if (timedOut && decision.ok) decision.abandon?.();
      return decision;
    });
    const late = new Promise<UpgradeDecision>((resolve) => {
      cancelTimer = this.options.clock.after(this.options.authorizeTimeoutMs, () => {
        timedOut = true;
        resolve({ ok: false, status: 503, reason: 'timeout' });
      });
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      cancelTimer();
    }
  }

  private upgrade(
    found: { route: EdgeRoute; params: Record<string, string> },
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    path: string,
    decision: Extract<UpgradeDecision, { ok: true }>,
  ): void {
    const { server } = found.route;
    let arrived = false;
    // `ws` answers a malformed handshake itself and never calls back; the socket's end tells.
    socket.once('close', () => {
      if (!arrived) decision.abandon?.();
    });
    (request as EdgeRequest).edge = { path, params: found.params, context: decision.context };
    server.handleUpgrade(request, socket, head, (client) => {
      arrived = true;
      this.missed.set(client, 0);
      client.on('pong', () => this.missed.set(client, 0));
      client.on('error', (error) => {
        this.options.log.warn(
          { code: 'SOCKET_ERROR', reason: error.message, path: found.route.path },
          'A peer broke the WebSocket protocol and was cut off.',
        );
      });
      this.guard(client, found.route);
      server.emit('connection', client, request);
      const forget = decision.session?.onEnd(() =>
        sendAway(client, LOGGED_OUT, 'logged out', this.options.clock),
      );
      if (forget !== undefined) client.once('close', forget);
    });
  }

  private guard(client: WebSocket, { path, server }: EdgeRoute): void {
    const { messageLimits = CALL_LIMITS } = server;
    guardAgainstFlood(client, messageLimits, this.options.clock, (kind) => {
      this.options.log.warn(
        { code: 'SOCKET_FLOOD', kind, path },
        'A peer sent more messages than it may and was cut off.',
      );
    });
  }

  private reject(socket: Duplex, path: string, { status, reason }: Refusal): void {
    this.options.events.publish('upgrade.rejected', { reason, path });
    if (socket.destroyed) return;
    const challenge = status === 401 ? 'WWW-Authenticate: Bearer\r\n' : '';
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_TEXT[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${challenge}\r\n`,
    );
    socket.once('finish', () => socket.destroy());
  }

  /** A peer that asks and asks and never reads the answers would make them pile up here. */
  private cutThoseThatNeverRead(): void {
    for (const { server } of this.routes) {
      for (const client of server.clients) {
        if (client.bufferedAmount > MOST_BUFFERED_BYTES) client.terminate();
      }
    }
  }

  private heartbeat(): void {
    for (const { server } of this.routes) {
      for (const client of server.clients) {
        const missed = this.missed.get(client) ?? 0;
        if (missed >= MISSED_PINGS) client.terminate();
        else {
          this.missed.set(client, missed + 1);
          client.ping();
        }
      }
    }
  }
}

function refuse(status: Refusal['status'], reason: UpgradeRejectReason): Refusal {
  return { ok: false, status, reason } as Refusal;
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}
