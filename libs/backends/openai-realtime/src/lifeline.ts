import { asGatewayError, type Clock, type GatewayError } from '#libs/contracts';
import type { ClientEvent } from './client-events.js';
import { Dialer } from './dialer.js';
import { connectAborted, keepsBreaking } from './errors.js';
import { type ConnectionOptions, RealtimeConnection } from './openai-realtime.connection.js';
import type { ServerEvent } from './openai-realtime.messages.js';
import { Rollover } from './rollover.js';

/** A connection that breaks sooner than this does not count as restored. */
const STABLE_MS = 10_000;
const MAX_QUICK_LOSSES = 5;

export interface LifelineOwner {
  onEvent(event: ServerEvent): void;
  /** Since when a response has been waited for without progress; null when none is. */
  waitingSinceMs(): number | null;
  isQuiet(): boolean;
  /** There is no connection now; either `onRestored` or `onEnded` follows. */
  onLost(error: GatewayError): void;
  /** The old connection is about to be left for one that stands ready. */
  onLeaving(): void;
  /** Events go over a new connection from now on, which knows nothing of what was said. */
  onRestored(how: 'reconnect' | 'rollover', tookMs: number): void;
  /** No connection any more. Null: the server ended it in good order. */
  onEnded(error: GatewayError | null): void;
}

/** Keeps one conversation connected, over as many sockets as it takes. */
export class Lifeline {
  private connection: RealtimeConnection | null = null;
  private readonly abort = new AbortController();
  private readonly dialer: Dialer;
  private readonly rollover: Rollover;
  private readonly clock: Clock;
  private sinceMs = 0;
  private quickLosses = 0;

  constructor(
    private readonly options: ConnectionOptions,
    private readonly owner: LifelineOwner,
  ) {
    const { config, call } = options;
    this.clock = call.clock;
    this.dialer = new Dialer(this.clock, () => new RealtimeConnection(options));
    this.rollover = new Rollover(this.dialer, this.clock, call.log, config, {
      isQuiet: () => owner.isQuiet(),
      switchTo: (next) => this.roll(next),
    });
  }

  /** Rejects with a GatewayError, at once when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw connectAborted();
    const abort = () => this.close();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const connection = await this.dialer.dial(this.options.config.connectTimeoutMs, this.abort.signal);
      if (signal.aborted) {
        connection.close();
        throw connectAborted();
      }
      this.adopt(connection);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Of the present connection, or of the configuration. */
  get model(): string {
    return this.connection?.model ?? this.options.config.model;
  }

  /** False: there is no connection. */
  send(event: ClientEvent): boolean {
    return this.connection?.send(event) ?? false;
  }

  /** Caller sound, which reached the gateway at `arrivedMs`. False: no connection, or its far side does not read. */
  append(base64: string, arrivedMs: number): boolean {
    return this.connection?.append(base64, arrivedMs) ?? false;
  }

  /** When the caller's sound that starts or stops at this position of the present session was spoken, on the clock; null without a session. */
  instantOf(positionMs: number, edge: 'started' | 'stopped'): number | null {
    return this.connection?.instantOf(positionMs, edge) ?? null;
  }

  /** The server is in trouble: leave this connection for a new one. */
  renew(error: GatewayError): void {
    this.connection?.fail(error);
  }

  /** The owner hears nothing more. */
  close(): void {
    this.abort.abort();
    this.rollover.stop();
    this.connection?.close();
    this.connection = null;
  }

  private adopt(connection: RealtimeConnection): void {
    this.connection = connection;
    this.sinceMs = this.clock.nowMs();
    connection.listener = {
      onEvent: (event) => this.owner.onEvent(event),
      onDown: (error) => this.down(error),
      waitingSinceMs: () => this.owner.waitingSinceMs(),
    };
    this.rollover.watch(connection);
  }

  private down(error: GatewayError | null): void {
    this.connection = null;
    const spare = this.rollover.take();
    const { reconnectForMs } = this.options.config;
    if (error === null || !error.retryable || reconnectForMs === 0) {
      spare?.close();
      this.owner.onEnded(error);
      return;
    }
    this.quickLosses = this.clock.nowMs() - this.sinceMs < STABLE_MS ? this.quickLosses + 1 : 0;
    if (this.quickLosses > MAX_QUICK_LOSSES) {
      spare?.close();
      this.owner.onEnded(keepsBreaking(error));
      return;
    }
    this.owner.onLost(error);
    if (this.abort.signal.aborted) {
      spare?.close();
    } else if (spare === null) {
      void this.reconnect();
    } else {
      this.adopt(spare);
      this.owner.onRestored('reconnect', 0);
    }
  }

  private async reconnect(): Promise<void> {
    const lostMs = this.clock.nowMs();
    const { signal } = this.abort;
    const dialled = await this.dialer
      .dial(this.options.config.reconnectForMs, signal, Math.max(1, this.quickLosses))
      .catch((thrown: unknown) =>
        asGatewayError(thrown, 'OPENAI_UNREACHABLE', 'OpenAI could not be reached'),
      );
    if (dialled instanceof RealtimeConnection) {
      if (signal.aborted) {
        dialled.close();
        return;
      }
      this.adopt(dialled);
      this.owner.onRestored('reconnect', this.clock.nowMs() - lostMs);
    } else if (!signal.aborted) {
      this.owner.onEnded(dialled);
    }
  }

  private roll(next: RealtimeConnection): void {
    const old = this.connection;
    const startMs = this.clock.nowMs();
    this.owner.onLeaving();
    this.adopt(next);
    old?.close();
    this.owner.onRestored('rollover', this.clock.nowMs() - startMs);
  }
}
