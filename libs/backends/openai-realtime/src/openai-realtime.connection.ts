import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { ArrivalLog, base64ByteLength, bytesPerMs } from '#libs/audio';
import type { AiOptions, Cancel, Clock, GatewayError, Log } from '#libs/contracts';
import { appendText, type ClientEvent } from './client-events.js';
import { endpointSocket } from './endpoint.js';
import * as errors from './errors.js';
import { Heartbeat } from './heartbeat.js';
import { Nonsense } from './nonsense.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import { parseServerMessage, type ServerEvent, type ServerEventOf } from './openai-realtime.messages.js';
import type { ServerError, ServerSession } from './server-objects.js';
import { audioFormatOf, CONFIG_EVENT_ID, mismatchOf, sessionUpdate } from './session-config.js';

/** How long the far side may take to answer our close before the socket is dropped. */
const CLOSE_MS = 2000;

/** Who a ready connection talks to. */
export interface ConnectionListener {
  onEvent(event: ServerEvent): void;
  /** The connection is gone. Null: the server closed it in good order. */
  onDown(error: GatewayError | null): void;
  /** Since when a response has been waited for without progress, on the clock; null when none is. */
  waitingSinceMs(): number | null;
}

export interface ConnectionOptions {
  readonly config: OpenAiRealtimeConfig;
  readonly call: AiOptions;
  readonly maxBufferedBytes: number;
  /** Wall clock, since the server tells the end of a session in Unix time. */
  readonly unixMs: () => number;
  readonly onFault: (error: GatewayError) => void;
}

/**
 * One socket: opened, configured once, then typed events both ways, until it is closed or found to be dead. Knows nothing of
 * the conversation that runs over it.
 */
export class RealtimeConnection {
  /** Set it in the same turn of the event loop in which `open` resolves. */
  listener: ConnectionListener | null = null;
  private phase: 'new' | 'opening' | 'configuring' | 'ready' | 'closed' = 'new';
  private socket: WebSocket | null = null;
  private settle: ((error: GatewayError | null) => void) | null = null;
  private session: ServerSession | null = null;
  private expiryMs: number | null = null;
  private networkError: Error | null = null;
  private lastError: ServerError | null = null;
  private appendedBytes = 0;
  private readonly arrivals = new ArrivalLog();
  private cancelConfirm: Cancel | null = null;
  private cancelClose: Cancel | null = null;
  private readonly bytesPerMs: number;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly heartbeat: Heartbeat;
  private readonly nonsense: Nonsense;

  constructor(private readonly options: ConnectionOptions) {
    this.bytesPerMs = bytesPerMs(audioFormatOf(options.config));
    this.clock = options.call.clock;
    this.log = options.call.log;
    this.heartbeat = new Heartbeat(this.clock, options.config, {
      ping: () => this.socket!.ping(),
      waitingSinceMs: () => this.listener?.waitingSinceMs() ?? null,
      onDead: (error) => this.fail(error),
    });
    this.nonsense = new Nonsense(
      this.log,
      (fault) => options.onFault(fault),
      (error) => this.fail(error),
    );
  }

  /** Resolves when the session is configured. Rejects with a GatewayError, at once when `signal` aborts. */
  open(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(errors.connectAborted());
        return;
      }
      const cancelTimeout = this.clock.after(timeoutMs, () => this.fail(errors.connectTimeout(timeoutMs)));
      const abort = () => this.fail(errors.connectAborted());
      signal.addEventListener('abort', abort, { once: true });
      this.settle = (error) => {
        this.settle = null;
        cancelTimeout();
        signal.removeEventListener('abort', abort);
        if (error === null) resolve();
        else reject(error);
      };
      this.phase = 'opening';
      this.dial();
    });
  }

  get isReady(): boolean {
    return this.phase === 'ready';
  }

  /** What the server says it is; the configured name where it says nothing. */
  get model(): string {
    return this.session?.model ?? this.options.config.model;
  }

  /** Time left by the server's word; null when it gave none. */
  get expiresInMs(): number | null {
    return this.expiryMs === null ? null : this.expiryMs - this.clock.nowMs();
  }

  /** False: not ready. */
  send(event: ClientEvent): boolean {
    const socket = this.socket!;
    if (this.phase !== 'ready' || socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(event));
    return true;
  }

  /** Caller sound. False: not ready, or the far side has not read for too long. */
  append(base64: string, arrivedMs = this.clock.nowMs()): boolean {
    const socket = this.socket!;
    if (this.phase !== 'ready' || socket.readyState !== WebSocket.OPEN) return false;
    if (socket.bufferedAmount > this.options.maxBufferedBytes) return false;
    socket.send(appendText(base64));
    this.appendedBytes += base64ByteLength(base64);
    this.arrivals.note(this.appendedBytes / this.bytesPerMs, arrivedMs);
    return true;
  }

  /**
   * When the caller's sound that starts or stops at this position, in milliseconds of all that was appended, was spoken, on the clock; null: none
   * was.
   */
  instantOf(positionMs: number, edge: 'started' | 'stopped'): number | null {
    return this.arrivals.instantOf(positionMs, edge);
  }

  /** In good order. The listener hears nothing more. */
  close(): void {
    if (this.phase === 'closed') return;
    this.listener = null;
    if (this.settle !== null) {
      this.fail(errors.connectAborted());
      return;
    }
    this.rest();
    const { socket } = this;
    if (socket === null) return;
    this.cancelClose = this.clock.after(CLOSE_MS, () => socket.terminate());
    socket.close(1000);
  }

  /** Gives the connection up: what is wrong with it is told to whoever waits for it or listens. */
  fail(error: GatewayError | null): void {
    if (this.phase === 'closed') return;
    this.rest();
    this.socket?.terminate();
    const { listener } = this;
    this.listener = null;
    if (this.settle !== null) this.settle(error ?? errors.closedEarly());
    else listener?.onDown(error);
  }

  private rest(): void {
    this.phase = 'closed';
    this.cancelConfirm?.();
    this.heartbeat.stop();
  }

  private dial(): void {
    const { config, call } = this.options;
    let socket: WebSocket;
    try {
      socket = endpointSocket(config, call);
    } catch (thrown) {
      this.fail(errors.unreachable(thrown));
      return;
    }
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    socket.on('pong', () => this.heartbeat.signOfLife());
    socket.on('unexpected-response', (_request: ClientRequest, response: IncomingMessage) =>
      this.fail(errors.handshakeError(response.statusCode ?? 0)),
    );
    // A 'close' follows each 'error', and tells.
    socket.on('error', (error: Error) => {
      this.networkError = error;
    });
    socket.on('close', (code: number) => this.onClose(code));
  }

  private onClose(code: number): void {
    this.cancelClose?.();
    if (this.phase === 'closed') return;
    const dropped = this.settle !== null && this.networkError !== null;
    this.fail(dropped ? errors.unreachable(this.networkError) : errors.closeError(code, this.lastError));
  }

  /** The last resort: whatever one message sets off must not reach the event loop, where it would end every call. */
  private receive(data: Buffer, isBinary: boolean): void {
    if (this.phase === 'closed') return;
    this.heartbeat.signOfLife();
    try {
      const fault = isBinary ? errors.badMessage('a binary frame') : this.onMessage(data.toString('utf8'));
      if (fault !== null) this.bad(fault);
      else this.nonsense.good();
    } catch (thrown) {
      this.onFailure(thrown);
    }
  }

  private onFailure(thrown: unknown): void {
    this.log.error({ err: thrown, code: errors.MESSAGE_FAILED }, 'An event of OpenAI could not be handled.');
    try {
      this.bad(errors.messageFailed(thrown));
    } catch (again) {
      this.log.error({ err: again, code: errors.MESSAGE_FAILED }, 'Nor could the call be told of it.');
    }
  }

  /** Returns what is wrong with it. */
  private onMessage(frame: string): GatewayError | null {
    const message = parseServerMessage(frame);
    if (message.type === 'bad') return errors.badMessage(message.what);
    if (message.type === null) this.nonsense.unknown(message.name);
    else if (message.type === 'error') this.onError(message);
    else if (message.type === 'session.created') this.configure(message.session);
    else if (message.type === 'session.updated') this.confirm(message.session);
    else if (this.phase === 'ready') this.listener?.onEvent(message);
    return null;
  }

  private configure(session: ServerSession): void {
    if (this.phase !== 'opening') return;
    const { config, call } = this.options;
    this.phase = 'configuring';
    this.learn(session);
    this.socket!.send(JSON.stringify(sessionUpdate(config, call)));
    this.cancelConfirm = this.clock.after(config.updatedTimeoutMs, () => {
      const error = errors.configUnconfirmed(config.updatedTimeoutMs);
      if (config.requireSessionUpdated) {
        this.fail(error);
        return;
      }
      this.options.onFault(error);
      this.ready();
    });
  }

  /** A server that took half of the configuration would say so here only; else it is static on the line, or a lame agent. */
  private confirm(session: ServerSession): void {
    if (this.phase !== 'configuring') return;
    const mismatch = mismatchOf(session, this.options.config, this.options.call);
    if (mismatch !== null) this.fail(errors.configMismatch(mismatch));
    else {
      this.learn(session);
      this.ready();
    }
  }

  private learn(session: ServerSession): void {
    this.session = session;
    if (session.expiresAt === null) return;
    const leftMs = session.expiresAt * 1000 - this.options.unixMs();
    this.expiryMs = this.clock.nowMs() + leftMs;
  }

  private ready(): void {
    this.cancelConfirm?.();
    this.phase = 'ready';
    this.heartbeat.start();
    const { expiresInMs, model } = this;
    this.log.info(
      { sessionId: this.session?.id ?? null, model, expiresInMs },
      'A session with OpenAI is ready.',
    );
    this.settle?.(null);
  }

  private onError(event: ServerEventOf<'error'>): void {
    const { error } = event;
    const severity = errors.severityOf(error);
    this.lastError = error;
    const { code, type, param, message } = error;
    const fields = { code, type, param, pii: { message } };
    if (severity === 'benign') this.log.debug(fields, 'OpenAI reported an error that changes nothing.');
    else this.log.warn(fields, 'OpenAI reported an error.');
    if (severity === 'fatal' || severity === 'renew') this.fail(errors.vendorError(error));
    else if (this.phase === 'configuring' || error.eventId === CONFIG_EVENT_ID)
      this.fail(errors.configRefused(error));
    else if (this.phase === 'ready') this.listener?.onEvent(event);
  }

  private bad(fault: GatewayError): void {
    if (this.phase !== 'closed') this.nonsense.bad(fault);
  }
}
