import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { realClock } from '../call/real-clock.js';
import { seededRandom } from '../call/seeded-random.js';
import { type AnswerScript, echoAnswers, speechAnswers, toneAnswers } from './answers.js';
import { CHAT_PATHS, ChatCompletions, type ChatExchange, repeatWords } from './chat-completions.js';
import { bringsKey } from './client-key.js';
import { compat, ga } from './dialect.js';
import { Faults } from './faults.js';
import type { Breach } from './journal.js';
import type { AnswerMode, OpenAiSimOptions } from './options.js';
import { Pacer } from './pacer.js';
import { type SessionSetting, SimSession } from './session.js';
import { recognised } from './shipped-words.js';
import { SoundRoom } from './sounds.js';
import type { Turn } from './turns.js';

const PATHS: readonly string[] = ['/v1/realtime', '/openai/v1/realtime'];
const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024;
const KEPT_BREACHES = 10_000;

/** A running simulator. */
export interface OpenAiSim {
  /** For OPENAI_REALTIME_URL, without a query. */
  readonly url: string;
  /** For OPENAI_TEXT_URL. */
  readonly textUrl: string;
  /** The newest 5,000 requests for text, in order. */
  readonly chats: readonly ChatExchange[];
  /** Every session there was, in order of their beginning. */
  readonly sessions: readonly SimSession[];
  readonly breaches: readonly Breach[];
  /** What is still to go wrong; may be added to at any time. */
  readonly faults: Faults;
  /** The `nth` session (1 is the first), which may have begun already. */
  session(nth?: number): Promise<SimSession>;
  /** Drops every connection and stops listening. */
  close(): Promise<void>;
}

export async function startOpenAiSim(options: OpenAiSimOptions = {}): Promise<OpenAiSim> {
  const server = new SimServer(options);
  await server.listen();
  return server;
}

class SimServer implements OpenAiSim {
  readonly sessions: SimSession[] = [];
  readonly breaches: Breach[] = [];
  readonly faults: Faults;
  private readonly chat: ChatCompletions;
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  private readonly setting: SessionSetting;
  private readonly hanging = new Set<Duplex>();
  private waiters: { readonly nth: number; readonly resolve: (session: SimSession) => void }[] = [];

  constructor(private readonly options: OpenAiSimOptions) {
    this.faults = new Faults(options.faults);
    this.setting = this.settingOf(options);
    this.sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD_BYTES,
      // A stalled session does not answer pings.
      autoPong: false,
      handleProtocols: (protocols) => (protocols.has('realtime') ? 'realtime' : false),
    });
    this.chat = new ChatCompletions({
      apiKey: options.apiKey,
      models: options.textModels,
      script: options.textAnswer ?? repeatWords,
      faults: this.faults,
      clock: this.setting.clock,
      onBreach: this.setting.onBreach,
    });
    this.http = createServer((request, response) => {
      if (CHAT_PATHS.includes(new URL(request.url ?? '/', 'http://sim').pathname)) {
        this.chat.serve(request, response);
      } else {
        response
          .writeHead(404)
          .end('This is a simulator of OpenAI: realtime sessions and chat completions.\n');
      }
    });
    this.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.upgrade(request, socket, head),
    );
  }

  get url(): string {
    return `ws://${this.host}/v1/realtime`;
  }

  get textUrl(): string {
    return `http://${this.host}${CHAT_PATHS[0]}`;
  }

  get chats(): readonly ChatExchange[] {
    return this.chat.exchanges;
  }

  private get host(): string {
    const { address, port, family } = this.http.address() as AddressInfo;
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  listen(): Promise<void> {
    const { port = 0, host = '127.0.0.1' } = this.options;
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, host, resolve);
    });
  }

  session(nth = 1): Promise<SimSession> {
    const there = this.sessions[nth - 1];
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve) => this.waiters.push({ nth, resolve }));
  }

  async close(): Promise<void> {
    for (const socket of this.hanging) socket.destroy();
    const gone = [...this.sockets.clients].map(
      (client) => new Promise((resolve) => client.once('close', resolve)),
    );
    for (const client of this.sockets.clients) client.terminate();
    await Promise.all(gone);
    await new Promise((resolve) => {
      this.http.close(resolve);
      this.http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    if (this.faults.take('hang-upgrade') !== null) {
      this.hanging.add(socket);
      socket.once('close', () => this.hanging.delete(socket));
      return;
    }
    const status = this.refusal(request);
    if (status === null) {
      this.sockets.handleUpgrade(request, socket, head, (client) => this.connect(client, request));
      return;
    }
    const body = JSON.stringify({
      error: { type: 'invalid_request_error', message: `Refused with ${status}.` },
    });
    socket.end(
      `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  /** The HTTP status that keeps a client out; null lets it in. */
  private refusal(request: IncomingMessage): number | null {
    const url = new URL(request.url ?? '/', 'http://sim');
    const fault = this.faults.takeNumber('refuse-upgrade');
    if (fault !== null) return fault;
    if (!PATHS.includes(url.pathname)) return 404;
    // Azure's GA address has no version, and says so with 401.
    if (url.searchParams.has('api-version')) return 401;
    return bringsKey(request, this.options.apiKey) ? null : 401;
  }

  private connect(client: WebSocket, request: IncomingMessage): void {
    client.on('error', () => client.terminate());
    const { searchParams } = new URL(request.url ?? '/', 'http://sim');
    const trouble = this.troubleOf(request, searchParams);
    if (trouble !== null) {
      const error = {
        type: 'invalid_request_error',
        code: trouble,
        message: `Refused: ${trouble}.`,
        param: null,
        event_id: null,
      };
      client.send(JSON.stringify({ type: 'error', event_id: 'event_1', error }));
      client.close(4000, `invalid_request_error.${trouble}`);
      return;
    }
    if (this.faults.take('mute') !== null) return;
    const kind = searchParams.get('intent') === 'transcription' ? 'transcription' : 'realtime';
    const session = new SimSession(
      client,
      kind,
      searchParams.get('model') ?? '',
      request.headers,
      this.setting,
    );
    this.sessions.push(session);
    for (const waiter of this.waiters) if (waiter.nth === this.sessions.length) waiter.resolve(session);
    this.waiters = this.waiters.filter((waiter) => waiter.nth > this.sessions.length);
  }

  /** The code of what is told after the upgrade, before the socket is closed with 4000. */
  private troubleOf(request: IncomingMessage, query: URLSearchParams): string | null {
    const account = this.faults.takeText('refuse-account');
    if (account !== null) return account;
    if (request.headers['openai-beta'] !== undefined) return 'beta_api_shape_disabled';
    const model = query.get('model');
    if (model === null) return query.get('intent') === 'transcription' ? null : 'missing_model';
    const { models } = this.options;
    return models === undefined || models.includes(model) ? null : 'model_not_found';
  }

  private settingOf(options: OpenAiSimOptions): SessionSetting {
    const clock = options.clock ?? realClock;
    const random = seededRandom(options.seed ?? 1);
    const { obfuscation = true } = options;
    return {
      clock,
      random,
      dialect: options.compat === true ? compat : ga,
      strange: options.strange ?? 0,
      faults: this.faults,
      pacer: new Pacer(clock),
      room: new SoundRoom(options.deltaMs ?? 130),
      script: scriptOf(options.answer ?? 'speech'),
      speed: options.speed ?? 5,
      thinkMs: options.thinkMs ?? 0,
      keepSound: options.keepSound ?? true,
      obfuscation: () => (obfuscation && random() < 0.5 ? disguise(random) : null),
      sessionLimitMs: options.sessionLimitMs ?? 3_600_000,
      transcribe: options.transcribe ?? wordsOf,
      transcribeMs: options.transcribeMs ?? 50,
      onBreach: (breach) => {
        this.breaches.push(breach);
        if (this.breaches.length > KEPT_BREACHES) this.breaches.shift();
      },
    };
  }
}

function scriptOf(mode: AnswerMode): AnswerScript {
  if (typeof mode === 'function') return mode;
  if (mode === 'echo') return echoAnswers();
  if (mode === 'speech') return speechAnswers();
  return mode === 'tone' ? toneAnswers() : toneAnswers(mode.hz, mode.ms);
}

function wordsOf({ index, samples, sampleRate, audioStartMs, audioEndMs }: Turn): string {
  const seconds = ((audioEndMs - audioStartMs) / 1000).toFixed(1);
  return recognised(samples, sampleRate) ?? `Turn ${index + 1}, ${seconds} seconds.`;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

function disguise(random: () => number): string {
  const length = 1 + Math.floor(random() * 12);
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');
}
