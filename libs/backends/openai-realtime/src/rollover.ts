import type { Cancel, Clock, GatewayError, Log } from '#libs/contracts';
import type { Dialer } from './dialer.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';
import type { RealtimeConnection } from './openai-realtime.connection.js';

/** OpenAI's limit of one session, where the server does not tell when it ends. */
export const MAX_SESSION_MS = 3_600_000;
/** A server's clock may be wrong; beyond this its word is not believed. */
const MAX_BELIEVED_MS = 24 * 3_600_000;
/** This long before the end the switch no longer waits for silence. */
const FORCE_MS = 5000;
const LOOK_EVERY_MS = 200;
const RETRY_MS = 10_000;

export interface RolloverOwner {
  /** Nobody speaks and nothing is under way. */
  isQuiet(): boolean;
  switchTo(connection: RealtimeConnection): void;
}

/** Renews a session before the vendor's limit: opens its successor early and switches in a silent moment. */
export class Rollover {
  private abort = new AbortController();
  private next: RealtimeConnection | null = null;
  private cancelTimer: Cancel | null = null;
  private endMs = 0;
  private leadMs = 0;

  constructor(
    private readonly dialer: Dialer,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly config: OpenAiRealtimeConfig,
    private readonly owner: RolloverOwner,
  ) {}

  /** For a connection that has just begun. */
  watch(connection: RealtimeConnection): void {
    this.stop();
    const said = connection.expiresInMs;
    const believed = said !== null && said > 0 && said < MAX_BELIEVED_MS ? said : MAX_SESSION_MS;
    const lifeMs = Math.min(believed, this.config.sessionLimitMs ?? believed);
    this.endMs = this.clock.nowMs() + lifeMs;
    this.leadMs = Math.min(this.config.rolloverMarginMs, lifeMs / 2);
    this.cancelTimer = this.clock.after(lifeMs - this.leadMs, () => void this.open());
  }

  /** The successor, if it stands ready: for an owner whose connection broke. It is the owner's from then on. */
  take(): RealtimeConnection | null {
    const { next } = this;
    this.next = null;
    this.stop();
    return next?.isReady ? next : null;
  }

  stop(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.abort.abort();
    this.abort = new AbortController();
    this.next?.close();
    this.next = null;
  }

  private async open(): Promise<void> {
    const { signal } = this.abort;
    try {
      const next = await this.dialer.dial(this.config.connectTimeoutMs, signal);
      if (signal.aborted) {
        next.close();
        return;
      }
      next.listener = {
        onEvent: () => undefined,
        onDown: () => this.reopen(null),
        waitingSinceMs: () => null,
      };
      this.next = next;
      this.cancelTimer = this.clock.every(LOOK_EVERY_MS, () => this.look(next));
    } catch (thrown) {
      if (!signal.aborted) this.reopen(thrown as GatewayError);
    }
  }

  private look(next: RealtimeConnection): void {
    const forced = this.endMs - this.clock.nowMs() <= Math.min(FORCE_MS, this.leadMs / 2);
    if (!forced && !this.owner.isQuiet()) return;
    this.next = null;
    this.stop();
    this.owner.switchTo(next);
  }

  /** The successor did not come up or did not last. Without one the session expires, and the loss is repaired as any other. */
  private reopen(error: GatewayError | null): void {
    this.cancelTimer?.();
    this.next = null;
    this.log.warn(
      { code: error?.code ?? null, reason: error?.message ?? null },
      'The next session is not there; the present one goes on.',
    );
    if (this.clock.nowMs() + RETRY_MS < this.endMs) {
      this.cancelTimer = this.clock.after(RETRY_MS, () => void this.open());
    }
  }
}
