import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';
import type { EdgeRequest, EdgeServer, UpgradeDecision, UpgradeRequest } from '#libs/contracts';
import { GatewayEventRouter } from '#libs/core';
import { CapturedLog, EventTape, systemClock, until } from '#libs/testing';
import { EdgeWsAdapter } from './edge-ws.adapter.js';

let decide: (upgrade: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision> = () => ({ ok: true });
let admitsWhileDraining = false;
let seen: EdgeRequest['edge'][] = [];

@WebSocketGateway({ path: '/media/:token', maxPayload: 1000 })
class MediaGateway {
  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => decide(upgrade);
    server.admitsWhileDraining = () => admitsWhileDraining;
  }

  handleConnection(client: WebSocket, request: EdgeRequest): void {
    seen.push(request.edge);
    client.on('message', (data: Buffer) => client.send(`got ${data.toString()}`));
  }
}

@WebSocketGateway({ path: '/unguarded' })
class UnguardedGateway {}

@WebSocketGateway({ path: '/control' })
class ControlGateway {
  afterInit(server: EdgeServer): void {
    server.authorize = () => ({ ok: true });
  }

  @SubscribeMessage('ping')
  pong(@MessageBody() body: unknown): unknown {
    return { event: 'pong', data: body };
  }
}

let received: string[] = [];
let gone = 0;

@WebSocketGateway({ path: '/limited' })
class LimitedGateway {
  afterInit(server: EdgeServer): void {
    server.authorize = (upgrade) => decide(upgrade);
    // So slow that nothing comes back to the buckets while a test runs.
    server.messageLimits = {
      text: { burst: 5, perSecond: 0.01 },
      binary: { burst: 3, perSecond: 0.01 },
    };
  }

  handleConnection(client: WebSocket): void {
    client.on('message', (data: Buffer) => received.push(data.toString()));
    client.on('message', (data: Buffer) => client.send(data.toString()));
    client.once('close', () => gone++);
  }
}

/** Takes as much as anybody sends. */
@WebSocketGateway({ path: '/endless', maxPayload: 1000 })
class EndlessGateway {
  afterInit(server: EdgeServer): void {
    const rate = { burst: Number.MAX_SAFE_INTEGER, perSecond: Number.MAX_SAFE_INTEGER };
    server.authorize = () => ({ ok: true });
    server.messageLimits = { text: rate, binary: rate };
  }

  handleConnection(client: WebSocket): void {
    client.on('message', (data: Buffer) => client.send(data.toString()));
  }
}

@Module({ providers: [MediaGateway, UnguardedGateway, ControlGateway, LimitedGateway, EndlessGateway] })
class TestModule {}

interface Running {
  readonly app: NestExpressApplication;
  readonly log: CapturedLog;
  readonly tape: EventTape;
  readonly port: number;
  readonly drain: () => void;
}

let running: Running | null = null;

async function boot(
  limits: { maxSockets?: number; maxSocketsPerAddress?: number; heartbeatMs?: number } = {},
) {
  const log = new CapturedLog();
  const events = new GatewayEventRouter(systemClock, log);
  let draining = false;
  const app = await NestFactory.create<NestExpressApplication>(TestModule, {
    logger: false,
    abortOnError: false,
  });
  app.useWebSocketAdapter(
    new EdgeWsAdapter(app, {
      clock: systemClock,
      log,
      events,
      isDraining: () => draining,
      authorizeTimeoutMs: 200,
      heartbeatMs: 20_000,
      maxSockets: 100,
      maxSocketsPerAddress: 100,
      ...limits,
    }),
  );
  await app.listen(0, '127.0.0.1');
  running = {
    app,
    log,
    tape: new EventTape(events),
    port: (app.getHttpServer().address() as AddressInfo).port,
    drain: () => {
      draining = true;
    },
  };
  return running;
}

/** Resolves to the open socket, or to the HTTP status that refused it. */
function open(port: number, path: string): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      socket.on('error', () => undefined);
      socket.terminate();
    });
    socket.once('error', reject);
  });
}

function nextMessage(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => socket.once('message', (data) => resolve(data.toString())));
}

function closing(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', (code) => resolve(code)));
}

afterEach(async () => {
  decide = () => ({ ok: true });
  admitsWhileDraining = false;
  seen = [];
  received = [];
  gone = 0;
  await running?.app.close();
  running = null;
});

describe('EdgeWsAdapter', () => {
  it('lets in whom the gateway lets in, with path, parameters and context', async () => {
    decide = ({ params }) => ({ ok: true, context: { seat: params.token } });
    const { port } = await boot();
    const socket = (await open(port, '/media/abc?x=1')) as WebSocket;
    const answer = nextMessage(socket);
    socket.send('hello');
    expect(await answer).toBe('got hello');
    expect(seen).toEqual([{ path: '/media/abc', params: { token: 'abc' }, context: { seat: 'abc' } }]);
  });

  it('refuses before the upgrade, with the status and the reason of the gateway', async () => {
    decide = () => ({ ok: false, status: 401, reason: 'bad-credentials' });
    const { port, tape } = await boot();
    expect(await open(port, '/media/abc')).toBe(401);
    expect(tape.all('upgrade.rejected')).toEqual([{ reason: 'bad-credentials', path: '/media/:token' }]);
    expect(seen).toEqual([]);
  });

  it('answers 404 for an unknown path and keeps a gateway without a check shut', async () => {
    const { port, tape } = await boot();
    expect(await open(port, '/nowhere')).toBe(404);
    expect(await open(port, '/media')).toBe(404);
    expect(await open(port, '/media/a/b')).toBe(404);
    expect(await open(port, '/unguarded')).toBe(403);
    expect(tape.all('upgrade.rejected').map(({ reason }) => reason)).toEqual([
      'unknown-path',
      'unknown-path',
      'unknown-path',
      'no-credentials',
    ]);
  });

  it('answers 503 when the gateway takes too long to decide, and gives back what it decided later', async () => {
    let abandoned = 0;
    decide = () =>
      new Promise((resolve) => setTimeout(() => resolve({ ok: true, abandon: () => abandoned++ }), 400));
    const { port } = await boot();
    expect(await open(port, '/media/abc')).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(abandoned).toBe(1);
  });

  it('answers 500 when the check throws, and goes on', async () => {
    decide = () => {
      throw new Error('broken check');
    };
    const { port } = await boot();
    expect(await open(port, '/media/abc')).toBe(500);
    decide = () => ({ ok: true });
    expect(await open(port, '/media/abc')).toBeInstanceOf(WebSocket);
  });

  it('gives a place back when the handshake itself is malformed', async () => {
    let abandoned = 0;
    decide = () => ({ ok: true, abandon: () => abandoned++ });
    const { port } = await boot();
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(
          'GET /media/abc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        );
      });
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(abandoned).toBe(1);
  });

  it('limits the sockets of one address and in total, exactly, also in a burst', async () => {
    const { port } = await boot({ maxSocketsPerAddress: 5 });
    const burst = await Promise.all(Array.from({ length: 12 }, () => open(port, '/media/abc')));
    expect(burst.filter((result) => result instanceof WebSocket)).toHaveLength(5);
    expect(burst.filter((result) => result === 429)).toHaveLength(7);
    const leaving = burst.find((result): result is WebSocket => result instanceof WebSocket)!;
    leaving.close();
    await closing(leaving);
    expect(await open(port, '/media/abc')).toBeInstanceOf(WebSocket);
  });

  it('refuses new sockets while draining, but for those that a gateway still needs', async () => {
    const { port, drain } = await boot();
    drain();
    expect(await open(port, '/media/abc')).toBe(503);
    admitsWhileDraining = true;
    expect(await open(port, '/media/abc')).toBeInstanceOf(WebSocket);
  });

  it('closes a socket that sends more than the gateway’s payload limit', async () => {
    const { port } = await boot();
    const socket = (await open(port, '/media/abc')) as WebSocket;
    const code = closing(socket);
    socket.send('x'.repeat(1001));
    expect(await code).toBe(1009);
  });

  it('cuts a peer that answers no pings', async () => {
    const { port } = await boot({ heartbeatMs: 50 });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/media/abc`, { autoPong: false });
    expect(await closing(socket)).toBe(1006);
  });

  it('cuts a peer that makes it answer and never reads', async () => {
    const { port } = await boot();
    const socket = (await open(port, '/endless')) as WebSocket;
    const code = closing(socket);
    socket.pause();
    const sender = setInterval(() => {
      for (let i = 0; i < 2000; i++) socket.send('x'.repeat(900));
    }, 10);
    // The reader stands still, so that it learns of its end only when it looks.
    const waker = setInterval(() => {
      socket.resume();
      socket.pause();
    }, 500);
    expect(await code).toBe(1006);
    clearInterval(sender);
    clearInterval(waker);
  }, 30_000);

  it('leaves messages of control gateways to Nest, and what is none to nobody', async () => {
    const { port } = await boot();
    const socket = (await open(port, '/control')) as WebSocket;
    const answer = nextMessage(socket);
    for (const none of ['{', '{"event":"ping","data":7}', Buffer.from('{"event":"ping"}')]) socket.send(none);
    socket.send(JSON.stringify({ event: 'ping', data: { x: 7 }, id: 3 }));
    expect(JSON.parse(await answer)).toEqual({ event: 'pong', data: { x: 7, id: 3 } });
  });

  it('says goodbye with 1001 when the gateway stops', async () => {
    const { port, app } = await boot();
    const socket = (await open(port, '/media/abc')) as WebSocket;
    const code = closing(socket);
    await app.close();
    running = null;
    expect(await code).toBe(1001);
  });
});

describe('a gateway with limits', () => {
  it('cuts off a peer that sends more, and reads nothing that is beyond', async () => {
    const { port, log } = await boot();
    const socket = (await open(port, '/limited')) as WebSocket;
    const code = closing(socket);
    for (let i = 1; i <= 1000; i++) socket.send(String(i));
    expect(await code).toBe(1008);
    expect(received).toEqual(['1', '2', '3', '4', '5']);
    expect(log.lines.map(({ level, fields }) => ({ level, ...fields }))).toEqual([
      { level: 'warn', code: 'SOCKET_FLOOD', kind: 'text', path: '/limited' },
    ]);
  });

  it('counts text and sound apart, and lets everything through up to its limits', async () => {
    const { port, log } = await boot();
    const socket = (await open(port, '/limited')) as WebSocket;
    const answers: string[] = [];
    socket.on('message', (data) => answers.push(data.toString()));
    for (let i = 0; i < 5; i++) socket.send('text');
    for (let i = 0; i < 3; i++) socket.send(Buffer.from('sound'));
    await until(() => answers.length === 8, 'all eight answers');
    expect(socket.readyState).toBe(WebSocket.OPEN);
    const code = closing(socket);
    socket.send(Buffer.from('sound'));
    expect(await code).toBe(1008);
    expect(received).toHaveLength(8);
    expect(log.lines[0]?.fields).toMatchObject({ kind: 'binary' });
  });

  it('counts pings too, which each ask for an answer', async () => {
    const { port } = await boot();
    const socket = (await open(port, '/limited')) as WebSocket;
    const code = closing(socket);
    for (let i = 0; i < 100; i++) socket.ping();
    expect(await code).toBe(1008);
  });

  it('does not wait for a peer that never closes its side', async () => {
    const { port } = await boot();
    const socket = (await open(port, '/limited')) as WebSocket;
    for (let i = 0; i < 1000; i++) socket.send('x');
    socket.pause();
    await until(() => gone === 1, 'the socket to be gone');
    socket.terminate();
  });

  it('ends one that floods a gateway without limits of its own, with a code, and no other', async () => {
    const { port, log } = await boot();
    const [call, flood] = [
      (await open(port, '/media/a')) as WebSocket,
      (await open(port, '/media/b')) as WebSocket,
    ];
    let answers = 0;
    call.on('message', () => answers++);
    const code = closing(flood);
    // Ten seconds of sound that were held up.
    for (let i = 0; i < 500; i++) call.send('sound');
    for (let i = 0; i < 5000; i++) flood.send('sound');
    expect(await code).toBe(1008);
    call.send('sound');
    await until(() => answers === 501, 'all the answers');
    expect(log.lines.map(({ level, fields }) => ({ level, ...fields }))).toEqual([
      { level: 'warn', code: 'SOCKET_FLOOD', kind: 'text', path: '/media/:token' },
    ]);
  });
});

describe('a socket that was opened with a log-in', () => {
  it('ends with it, and what the peer still sends reaches nobody', async () => {
    let end = (): void => undefined;
    let isForgotten = false;
    decide = () => ({
      ok: true,
      session: {
        onEnd: (action) => {
          end = action;
          return () => {
            isForgotten = true;
          };
        },
      },
    });
    const { port } = await boot();
    const socket = (await open(port, '/limited')) as WebSocket;
    const answer = nextMessage(socket);
    socket.send('before');
    await answer;
    const code = closing(socket);
    end();
    socket.send('after');
    expect(await code).toBe(4401);
    await until(() => isForgotten, 'the log-in to know no more of it');
    expect(received).toEqual(['before']);
  });
});
