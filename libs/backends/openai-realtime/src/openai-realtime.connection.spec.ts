import { afterEach, describe, expect, it } from '@jest/globals';
import type { GatewayError } from '#libs/contracts';
import { CapturedLog, ManualClock, Watched } from '#libs/testing';
import { callOptions, configWith, LOOKUP } from '../test/call-options.js';
import { refuseWith, ScriptedServer, type ServerScript } from '../test/scripted-server.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { type ConnectionListener, RealtimeConnection } from './openai-realtime.connection.js';
import type { ServerEvent } from './openai-realtime.messages.js';

class Listener extends Watched implements ConnectionListener {
  readonly events: ServerEvent[] = [];
  readonly downs: (string | null)[] = [];
  waitingMs: number | null = null;
  /** What happens to each event. */
  handle: () => void = () => undefined;

  onEvent(event: ServerEvent): void {
    this.handle();
    this.events.push(event);
    this.changed();
  }

  onDown(error: GatewayError | null): void {
    this.downs.push(error?.code ?? null);
    this.changed();
  }

  waitingSinceMs(): number | null {
    return this.waitingMs;
  }

  async down(): Promise<string | null> {
    await this.until(() => this.downs.length > 0);
    return this.downs[0]!;
  }
}

const servers: ScriptedServer[] = [];
const connections: RealtimeConnection[] = [];
const clocks: ManualClock[] = [];

async function make(script: ServerScript = {}, settings: Partial<OpenAiRealtimeConfig> = {}) {
  const clock = new ManualClock();
  const unixMs = () => 1_800_000_000_000 + clock.nowMs();
  const server = await ScriptedServer.start({ unixMs, ...script });
  const config = configWith(server.url, settings);
  const log = new CapturedLog();
  const faults: string[] = [];
  const options = {
    config,
    call: callOptions({ config, clock, log, tools: [LOOKUP], callerHash: 'caller-hash' }),
    maxBufferedBytes: 10_000,
    unixMs,
    onFault: (error: GatewayError): void => void faults.push(error.code),
  };
  const connection = new RealtimeConnection(options);
  servers.push(server);
  connections.push(connection);
  clocks.push(clock);
  const abort = new AbortController();
  const listener = new Listener();
  return { clock, server, config, log, faults, options, connection, abort, listener };
}

/** Ready, with a listener. */
async function ready(script: ServerScript = {}, settings: Partial<OpenAiRealtimeConfig> = {}) {
  const made = await make(script, settings);
  await made.connection.open(8000, made.abort.signal);
  made.connection.listener = made.listener;
  return { ...made, peer: await made.server.peer() };
}

const created = { type: 'session.created', session: { id: 'sess_1', model: 'gpt-realtime-2.1' } };

function refusal(opening: Promise<void>): Promise<GatewayError> {
  return opening.then(
    () => Promise.reject(new Error('The connection opened.')),
    (error: GatewayError) => error,
  );
}

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  const invalid = [];
  for (const server of servers.splice(0)) {
    for (const peer of server.peers) await peer.gone();
    await server.until(() => server.openSockets === 0);
    invalid.push(...(await server.close()));
  }
  expect(invalid).toEqual([]);
  // No timer is left behind; a closed socket tells a turn of the event loop later.
  for (const clock of clocks.splice(0)) while (clock.pending > 0) await new Promise(setImmediate);
});

describe('RealtimeConnection, opening', () => {
  it('presents the key as a bearer token, and no beta header', async () => {
    const { peer } = await ready({}, { organization: 'org-1', project: 'proj-1' });
    expect(peer.request.url).toBe('/v1/realtime?model=gpt-realtime-2.1');
    expect(peer.request.headers).toMatchObject({
      authorization: 'Bearer sk-secret-of-this-test',
      'openai-organization': 'org-1',
      'openai-project': 'proj-1',
      'openai-safety-identifier': 'caller-hash',
    });
    expect(peer.request.headers).not.toHaveProperty('openai-beta');
    expect(peer.request.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it('presents the key as Azure wants it, and keeps the model of the address', async () => {
    const made = await make({}, { apiKeyHeader: 'api-key', safetyIdentifier: false });
    made.config.url = `${made.server.url}?model=my-deployment`;
    await made.connection.open(8000, made.abort.signal);
    const { request } = await made.server.peer();
    expect(request.url).toBe('/v1/realtime?model=my-deployment');
    expect(request.headers['api-key']).toBe('sk-secret-of-this-test');
    expect(request.headers).not.toHaveProperty('authorization');
    expect(request.headers).not.toHaveProperty('openai-safety-identifier');
  });

  it('sends one complete configuration after the session was created, and nothing before it was confirmed', async () => {
    const made = await make({ onOpen: () => undefined });
    const opening = made.connection.open(8000, made.abort.signal);
    const peer = await made.server.peer();
    expect(made.connection.append('AAAA')).toBe(false);
    expect(made.connection.send({ type: 'response.create' })).toBe(false);
    expect(peer.received).toEqual([]);
    peer.send(created);
    await peer.next('session.update');
    expect(made.connection.append('AAAA')).toBe(false);
    peer.send({ type: 'session.updated', session: {} });
    await opening;
    expect(made.connection.append('AAAA')).toBe(true);
    await peer.until(() => peer.appended.length === 1);
    expect(peer.received.map((event) => event.type)).toEqual(['session.update']);
  });

  it.each([
    [401, 'OPENAI_UNAUTHORIZED', false],
    [403, 'OPENAI_UNAUTHORIZED', false],
    [404, 'OPENAI_HANDSHAKE_REFUSED', false],
    [302, 'OPENAI_HANDSHAKE_REFUSED', false],
    [408, 'OPENAI_HANDSHAKE_REFUSED', true],
    [429, 'OPENAI_RATE_LIMITED', true],
    [500, 'OPENAI_HANDSHAKE_REFUSED', true],
    [503, 'OPENAI_HANDSHAKE_REFUSED', true],
  ])('takes HTTP %i for %s', async (status, code, retryable) => {
    const { connection, abort, server } = await make(refuseWith(status, `Location: ws://127.0.0.1:1/\r\n`));
    const error = await refusal(connection.open(8000, abort.signal));
    expect([error.code, error.retryable]).toEqual([code, retryable]);
    expect(server.upgrades).toBe(1);
  });

  it('says that nobody listens at the address', async () => {
    const { connection, abort, server } = await make();
    servers.splice(servers.indexOf(server), 1);
    await server.close();
    const error = await refusal(connection.open(8000, abort.signal));
    expect([error.code, error.retryable]).toEqual(['OPENAI_UNREACHABLE', true]);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it.each([
    ['answers the upgrade', { onUpgrade: () => true }],
    ['says anything', { onOpen: () => undefined }],
  ])('gives up a server that never %s', async (_what, script: ServerScript) => {
    const { connection, abort, server, clock } = await make(script);
    const opening = refusal(connection.open(8000, abort.signal));
    await server.until(() => server.upgrades === 1);
    clock.advance(8000);
    expect((await opening).code).toBe('OPENAI_CONNECT_TIMEOUT');
    await server.until(() => server.openSockets === 0);
  });

  it.each([
    ['before it began', 0],
    ['during the upgrade', 1],
    ['before the session was created', 2],
    ['before the session was configured', 3],
  ])('ends at once when the call is over %s', async (_when, stage) => {
    const { connection, abort, server } = await make(
      stage < 2 ? { onUpgrade: () => true } : { onOpen: (peer) => stage === 3 && peer.send(created) },
    );
    if (stage === 0) abort.abort();
    const opening = refusal(connection.open(8000, abort.signal));
    if (stage === 1) await server.until(() => server.upgrades === 1);
    if (stage === 2) await server.peer();
    if (stage === 3) await (await server.peer()).next('session.update');
    abort.abort();
    expect((await opening).code).toBe('OPENAI_CONNECT_ABORTED');
    await server.until(() => server.openSockets === 0);
  });

  it('treats a refused configuration as the end, since the session would go on with defaults', async () => {
    const { connection, abort } = await make({
      onOpen: (peer) => {
        peer.send(created);
        const error = {
          type: 'invalid_request_error',
          code: 'unknown_parameter',
          message: 'Unknown',
          param: 'session.x',
        };
        peer.send({ type: 'error', error: { ...error, event_id: 'configure' } });
      },
    });
    const error = await refusal(connection.open(8000, abort.signal));
    expect(error.code).toBe('OPENAI_CONFIG_REFUSED');
    expect(error.message).toContain('session.x');
    expect(error.retryable).toBe(false);
  });

  it.each([
    ['invalid_api_key', 'OPENAI_UNAUTHORIZED'],
    ['insufficient_quota', 'OPENAI_QUOTA_EXCEEDED'],
    ['model_not_found', 'OPENAI_MODEL_NOT_FOUND'],
    ['beta_api_shape_disabled', 'OPENAI_PROTOCOL_REFUSED'],
  ])('understands a session that is refused after the upgrade with %s', async (code, expected) => {
    const { connection, abort } = await make({
      onOpen: (peer) => {
        peer.send({ type: 'error', error: { type: 'invalid_request_error', code, message: 'sk-secret' } });
        peer.socket.close(4000, `invalid_request_error.${code}`);
      },
    });
    const error = await refusal(connection.open(8000, abort.signal));
    expect([error.code, error.retryable]).toEqual([expected, false]);
    expect(error.message).not.toContain('sk-secret');
  });

  it.each([
    ['another sound format', { audio: { output: { format: { type: 'audio/pcmu' } } }, tools: [{}] }],
    ['fewer functions', { tools: [] }],
  ])('refuses a server that confirms %s', async (_what, session) => {
    const { connection, abort } = await make({
      onOpen: (peer) => {
        peer.send(created);
        void peer.next('session.update').then(() => peer.send({ type: 'session.updated', session }));
      },
    });
    expect((await refusal(connection.open(8000, abort.signal))).code).toBe('OPENAI_CONFIG_MISMATCH');
  });

  it('waits for the confirmation only as long as it is told to', async () => {
    const { connection, abort, server, clock } = await make({ onOpen: (peer) => peer.send(created) });
    const opening = refusal(connection.open(8000, abort.signal));
    await (await server.peer()).next('session.update');
    clock.advance(3000);
    expect((await opening).code).toBe('OPENAI_CONFIG_UNCONFIRMED');
  });

  it('goes on without a confirmation where it is told that none comes', async () => {
    const { connection, abort, server, clock, faults } = await make(
      { onOpen: (peer) => peer.send(created) },
      { requireSessionUpdated: false },
    );
    const opening = connection.open(8000, abort.signal);
    await (await server.peer()).next('session.update');
    clock.advance(3000);
    await opening;
    expect(faults).toEqual(['OPENAI_CONFIG_UNCONFIRMED']);
    expect(connection.append('AAAA')).toBe(true);
  });

  it('knows when the session will end', async () => {
    const { connection, clock } = await ready({ expiresInMs: 600_000 });
    expect(connection.expiresInMs).toBeGreaterThan(598_000);
    clock.advance(100_000);
    expect(connection.expiresInMs).toBeLessThanOrEqual(501_000);
  });

  it('never logs the key', async () => {
    const { log, peer, listener } = await ready();
    peer.send({ type: 'error', error: { type: 'x', code: 'y', message: 'a person said this' } });
    await listener.until(() => listener.events.length === 1);
    expect(JSON.stringify(log.lines)).not.toContain('sk-secret-of-this-test');
    for (const { fields } of log.lines) {
      const { pii: _hidden, ...open } = fields;
      expect(JSON.stringify(open)).not.toContain('a person said this');
    }
  });
});

describe('RealtimeConnection, open', () => {
  it.each([
    [1000, null],
    [1001, 'OPENAI_CONNECTION_LOST'],
    [1002, 'OPENAI_CONNECTION_REFUSED'],
    [1003, 'OPENAI_CONNECTION_REFUSED'],
    [1007, 'OPENAI_CONNECTION_REFUSED'],
    [1008, 'OPENAI_CONNECTION_REFUSED'],
    [1009, 'OPENAI_CONNECTION_REFUSED'],
    [1011, 'OPENAI_CONNECTION_LOST'],
    [1012, 'OPENAI_CONNECTION_LOST'],
    [1013, 'OPENAI_CONNECTION_LOST'],
    [3000, 'OPENAI_CONNECTION_REFUSED'],
    [4000, 'OPENAI_CONNECTION_REFUSED'],
    [4999, 'OPENAI_CONNECTION_REFUSED'],
  ])('understands close code %i', async (code, expected) => {
    const { peer, listener } = await ready();
    peer.socket.close(code);
    expect(await listener.down()).toBe(expected);
  });

  it('understands a close without a code, and a line that is cut', async () => {
    const closed = await ready();
    closed.peer.socket.close();
    expect(await closed.listener.down()).toBe('OPENAI_CONNECTION_LOST');
    const cut = await ready();
    cut.peer.socket.terminate();
    expect(await cut.listener.down()).toBe('OPENAI_CONNECTION_LOST');
  });

  it('leaves an expired session at once, and takes a lack of credit as final', async () => {
    const expired = await ready();
    expired.peer.send({
      type: 'error',
      error: { type: 'invalid_request_error', code: 'session_expired', message: '' },
    });
    expect(await expired.listener.down()).toBe('OPENAI_SESSION_EXPIRED');
    const broke = await ready();
    broke.peer.send({ type: 'error', error: { type: 'insufficient_quota', code: null, message: '' } });
    expect(await broke.listener.down()).toBe('OPENAI_QUOTA_EXCEEDED');
  });

  it('counts single unreadable messages, and gives up after fifty in a row', async () => {
    const { peer, listener, faults } = await ready();
    const nonsense = ['{', '[]', 'null', '{"type":1}', Buffer.from([1, 2, 3])];
    for (let i = 0; i < 49; i++) peer.socket.send(nonsense[i % nonsense.length]!);
    peer.send({ type: 'input_audio_buffer.speech_started' });
    await listener.until(() => listener.events.length === 1);
    expect(faults).toEqual(Array(49).fill('OPENAI_BAD_MESSAGE'));
    for (let i = 0; i < 60; i++) peer.socket.send(nonsense[i % nonsense.length]!);
    expect(await listener.down()).toBe('OPENAI_NONSENSE');
    expect(faults).toHaveLength(98);
  });

  it('outlives events whose handling throws, and gives up after fifty in a row', async () => {
    const { peer, listener, faults, log } = await ready();
    listener.handle = () => {
      throw new TypeError('a bug');
    };
    for (let i = 0; i < 49; i++) peer.send({ type: 'input_audio_buffer.speech_started' });
    peer.socket.send('{');
    expect(await listener.down()).toBe('OPENAI_NONSENSE');
    expect(faults).toEqual(Array(49).fill('OPENAI_MESSAGE_FAILED'));
    expect(log.lines.filter((line) => line.level === 'error')).toHaveLength(49);
  });

  it('goes on after a single event whose handling throws', async () => {
    const { peer, listener, faults } = await ready();
    const failing = { once: true };
    listener.handle = () => {
      if (!failing.once) return;
      failing.once = false;
      throw new TypeError('a bug');
    };
    for (let i = 0; i < 2; i++) peer.send({ type: 'input_audio_buffer.speech_started' });
    await listener.until(() => listener.events.length === 1);
    expect(faults).toEqual(['OPENAI_MESSAGE_FAILED']);
    expect(listener.downs).toEqual([]);
  });

  it('outlives a call that cannot even be told', async () => {
    const { peer, listener, options } = await ready();
    options.onFault = () => {
      throw new TypeError('another bug');
    };
    peer.socket.send('{'.repeat(1_000_000));
    peer.socket.send('['.repeat(1_000_000) + ']'.repeat(1_000_000));
    peer.socket.send(`{"type":"response.done","response":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    peer.send({ type: 'input_audio_buffer.speech_started' });
    await listener.until(() => listener.events.length === 1);
    expect(listener.downs).toEqual([]);
  });

  it('mentions an unknown event once', async () => {
    const { peer, listener, log } = await ready();
    for (let i = 0; i < 5; i++) peer.send({ type: 'session.rearranged' });
    for (let i = 0; i < 500; i++) peer.send({ type: `novelty.${i}` });
    peer.send({ type: 'input_audio_buffer.speech_started' });
    await listener.until(() => listener.events.length === 1);
    const told = log.lines.filter((line) => line.fields.event === 'session.rearranged');
    expect(told.map((line) => line.level)).toEqual(['debug']);
    expect(log.lines.length).toBeLessThan(60);
  });

  it('stays while pongs come, and gives up when they do not', async () => {
    const { connection, peer, listener, clock } = await ready();
    const pinged = new Promise((resolve) => peer.socket.once('ping', resolve));
    clock.advance(5000);
    await pinged;
    expect(listener.downs).toEqual([]);
    expect(connection.isReady).toBe(true);
    clock.advance(11_000);
    expect(listener.downs).toEqual(['OPENAI_SILENT']);
  });

  it('gives up when a response stands still', async () => {
    const { listener, clock } = await ready({}, { pongTimeoutMs: 60_000 });
    listener.waitingMs = clock.nowMs();
    clock.advance(10_000);
    expect(listener.downs).toEqual([]);
    clock.advance(1000);
    expect(listener.downs).toEqual(['OPENAI_RESPONSE_STALLED']);
  });

  it('refuses sound while the far side does not read', async () => {
    const { connection, peer } = await ready();
    peer.socket.pause();
    const second = 'A'.repeat(64_000);
    let taken = 0;
    while (connection.append(second)) taken += 1;
    expect(taken).toBeGreaterThan(0);
    expect(connection.append('AAAA')).toBe(false);
    peer.socket.resume();
    await peer.until(() => peer.appended.length === taken);
    expect(connection.append('AAAA')).toBe(true);
  });

  it('closes in good order, and drops a server that does not answer the close', async () => {
    const { connection, peer, listener } = await ready();
    connection.close();
    expect(await peer.gone()).toBe(1000);
    expect(connection.append('AAAA')).toBe(false);
    const deaf = await ready();
    deaf.peer.socket.pause();
    deaf.connection.close();
    expect(deaf.clock.pending).toBe(1);
    deaf.clock.advance(2000);
    deaf.peer.socket.resume();
    await deaf.peer.gone();
    expect([...listener.downs, ...deaf.listener.downs]).toEqual([]);
  });
});
