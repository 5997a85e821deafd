import type { Cancel, Clock } from '#libs/contracts';
import { Backoff } from './backoff.js';
import { Cell } from './cell.js';
import { type MonitorMessage, type OperatorIdentity, readMessage } from './protocol.js';

/** As much of a browser's WebSocket as is needed. */
export interface MonitorSocket {
  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer>): void;
  close(): void;
  readonly bufferedAmount: number;
  addEventListener(name: 'close', listener: () => void): void;
  addEventListener(name: 'message', listener: (message: { readonly data: unknown }) => void): void;
}

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'open'; readonly operator: OperatorIdentity }
  /** `retryAtMs` is on the clock; null while a try runs. */
  | { readonly state: 'lost'; readonly retryAtMs: number | null; readonly tries: number }
  /** The gateway wants a log-in, or lets nobody from here in. */
  | { readonly state: 'refused' }
  | { readonly state: 'closed' };

/** What the gateway, or the way to it, answered to a request. */
export class MonitorError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly advice: string | null = null,
  ) {
    super(message);
  }
}

export interface MonitorOptions {
  readonly open: () => MonitorSocket;
  readonly clock: Clock;
  /** Whether the gateway would let this browser in; a rejection means that it cannot be asked. */
  readonly isWelcome: () => Promise<boolean>;
  /** 0 ... 1, for spreading the retries of many consoles. */
  readonly random: () => number;
}

export type MessageListener = (message: MonitorMessage) => void;

interface Request {
  readonly resolve: (data: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: MonitorError) => void;
  readonly cancelTimeout: Cancel;
}

/** What stays subscribed across reconnects. */
interface Wish {
  readonly event: string;
  readonly undoEvent: string;
  readonly data: object;
  users: number;
  askedAs: string;
  readonly onRefused: ((error: MonitorError) => void) | undefined;
}

const ANSWER_MS = 10_000;
/** A connection that has brought nothing for so long is asked, and given up when it does not answer either. */
const QUIET_MS = 15_000;

/**
 * The connection to `WS /monitor`: keeps it up, keeps what is subscribed subscribed across reconnects, and pairs requests with
 * their answers.
 */
export class MonitorClient {
  readonly connection = new Cell<Connection>({ state: 'connecting' });
  private readonly listeners = new Set<MessageListener>();
  private readonly binaryListeners = new Set<(frame: ArrayBuffer) => void>();
  private readonly wanted = new Map<string, Wish>();
  /** By the id of the newest message that asked for it. */
  private readonly asked = new Map<string, Wish>();
  private readonly requests = new Map<string, Request>();
  private readonly backoff: Backoff;
  private socket: MonitorSocket | null = null;
  private cancelRetry: Cancel | null = null;
  private cancelWatch: Cancel | null = null;
  private heardAtMs = 0;
  private requestCount = 0;
  private stopped = true;

  constructor(private readonly options: MonitorOptions) {
    this.backoff = new Backoff(options.random);
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.connect();
    this.cancelWatch = this.options.clock.every(1000, () => this.watchQuiet());
  }

  stop(): void {
    this.stopped = true;
    this.cancelRetry?.();
    this.cancelWatch?.();
    this.drop('The console was closed.');
    this.connection.set({ state: 'closed' });
  }

  /** Tries at once, for a person who asks or a network that came back. */
  retryNow(): void {
    const { state } = this.connection.get();
    if (this.stopped || this.socket !== null || state === 'open') return;
    this.cancelRetry?.();
    this.connect();
  }

  onMessage(listener: MessageListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onBinary(listener: (frame: ArrayBuffer) => void): () => void {
    this.binaryListeners.add(listener);
    return () => this.binaryListeners.delete(listener);
  }

  /**
   * Keeps `event` subscribed, also after a reconnect, until the returned function was called by everyone who asked. What the
   * gateway then tells comes to `onMessage`; a refusal comes to `onRefused` of the first who asked.
   */
  subscribe(
    event: string,
    data: object,
    undoEvent: string,
    onRefused?: (error: MonitorError) => void,
  ): () => void {
    const key = `${event} ${JSON.stringify(data)}`;
    const wish = this.wanted.get(key) ?? { event, undoEvent, data, users: 0, askedAs: '', onRefused };
    wish.users += 1;
    this.wanted.set(key, wish);
    // Another user of the same subscription gets the state anew.
    this.ask(wish);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      wish.users -= 1;
      if (wish.users > 0) return;
      this.wanted.delete(key);
      this.asked.delete(wish.askedAs);
      this.post(undoEvent, data);
    };
  }

  /** Resolves when the gateway says that it is done; rejects with a `MonitorError`. */
  request(event: string, data: object): Promise<Readonly<Record<string, unknown>>> {
    if (this.connection.get().state !== 'open' || this.socket === null) {
      return Promise.reject(
        new MonitorError('CONNECTION_LOST', 'There is no connection to the gateway now.'),
      );
    }
    const id = `r${++this.requestCount}`;
    const socket = this.socket;
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.options.clock.after(ANSWER_MS, () => {
        this.requests.delete(id);
        reject(new MonitorError('NO_ANSWER', 'The gateway did not answer.'));
      });
      this.requests.set(id, { resolve, reject, cancelTimeout });
      socket.send(JSON.stringify({ event, data, id }));
    });
  }

  /** Sound of the operator's own microphone. False: it could not be sent now. */
  sendBinary(data: ArrayBuffer | ArrayBufferView<ArrayBuffer>): boolean {
    if (this.connection.get().state !== 'open' || this.socket === null) return false;
    this.socket.send(data);
    return true;
  }

  get bufferedBytes(): number {
    return this.socket?.bufferedAmount ?? 0;
  }

  private connect(): void {
    const { connection } = this;
    const before = connection.get();
    if (before.state === 'lost') connection.set({ ...before, retryAtMs: null });
    else connection.set({ state: 'connecting' });
    this.heardAtMs = this.options.clock.nowMs();
    const socket = this.options.open();
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (this.socket !== socket) return;
      this.heardAtMs = this.options.clock.nowMs();
      if (typeof data === 'string') this.take(data);
      else if (data instanceof ArrayBuffer) for (const listener of this.binaryListeners) listener(data);
    });
    socket.addEventListener('close', () => {
      if (this.socket === socket) void this.onLost();
    });
  }

  private take(text: string): void {
    const message = readMessage(text);
    if (message === null) return;
    if (message.event === 'hello') this.onHello(message);
    const request = message.id === undefined ? undefined : this.requests.get(message.id);
    if (request !== undefined && message.id !== undefined) {
      this.requests.delete(message.id);
      request.cancelTimeout();
      if (message.event === 'error') request.reject(errorOf(message));
      else request.resolve(message.data);
    }
    if (message.event === 'error' && message.id !== undefined)
      this.asked.get(message.id)?.onRefused?.(errorOf(message));
    for (const listener of [...this.listeners]) listener(message);
  }

  private onHello({ data }: MonitorMessage): void {
    this.backoff.reset();
    this.connection.set({ state: 'open', operator: data.operator as OperatorIdentity });
    for (const wish of this.wanted.values()) this.ask(wish);
  }

  private async onLost(): Promise<void> {
    const wasOpen = this.connection.get().state === 'open';
    this.drop('The connection to the gateway was lost.');
    if (this.stopped) return;
    this.scheduleRetry();
    // A browser does not tell why a socket was refused; the log-in page's question does.
    if (wasOpen) return;
    const welcome = await this.options.isWelcome().catch(() => true);
    if (welcome || this.stopped || this.socket !== null) return;
    this.cancelRetry?.();
    this.connection.set({ state: 'refused' });
  }

  private scheduleRetry(): void {
    const delayMs = this.backoff.next();
    this.connection.set({
      state: 'lost',
      retryAtMs: this.options.clock.nowMs() + delayMs,
      tries: this.backoff.tries,
    });
    this.cancelRetry = this.options.clock.after(delayMs, () => this.connect());
  }

  /** Half-open connections, after a laptop's sleep or a change of network, end without a word. */
  private watchQuiet(): void {
    if (this.socket === null) return;
    const quietMs = this.options.clock.nowMs() - this.heardAtMs;
    if (quietMs > QUIET_MS * 1.5) void this.onLost();
    else if (quietMs > QUIET_MS && this.connection.get().state === 'open') this.post('calls.subscribe', {});
  }

  private drop(why: string): void {
    const { socket } = this;
    this.socket = null;
    socket?.close();
    for (const { reject, cancelTimeout } of this.requests.values()) {
      cancelTimeout();
      reject(new MonitorError('CONNECTION_LOST', why));
    }
    this.requests.clear();
  }

  private ask(wish: Wish): void {
    this.asked.delete(wish.askedAs);
    wish.askedAs = `s${++this.requestCount}`;
    this.asked.set(wish.askedAs, wish);
    this.post(wish.event, wish.data, wish.askedAs);
  }

  private post(event: string, data: object, id?: string): void {
    if (this.connection.get().state === 'open') this.socket?.send(JSON.stringify({ event, data, id }));
  }
}

/** What an `error` of the gateway says. */
export function errorOf({ data }: MonitorMessage): MonitorError {
  const { code, message, advice } = data;
  return new MonitorError(
    typeof code === 'string' ? code : 'UNKNOWN',
    typeof message === 'string' ? message : 'The gateway refused this.',
    typeof advice === 'string' ? advice : null,
  );
}
