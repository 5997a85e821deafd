import type { Cancel, Clock, GatewayError } from '#libs/contracts';
import { responseStalled, silentPeer } from './errors.js';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

const TICK_MS = 1000;

/** What is watched. */
export interface Watched {
  ping(): void;
  /** Since when a response has been waited for without progress, on the clock; null when none is. */
  waitingSinceMs(): number | null;
  /** It is dead, or as good as dead. */
  onDead(error: GatewayError): void;
}

/** Finds out that a connection is dead without having closed: sockets have been seen to fall silent. */
export class Heartbeat {
  private signOfLifeMs = 0;
  private pingedMs = 0;
  private cancelTick: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly config: OpenAiRealtimeConfig,
    private readonly watched: Watched,
  ) {}

  start(): void {
    this.signOfLifeMs = this.pingedMs = this.clock.nowMs();
    this.cancelTick = this.clock.every(TICK_MS, () => this.tick());
  }

  /** Anything came from the far side. */
  signOfLife(): void {
    this.signOfLifeMs = this.clock.nowMs();
  }

  stop(): void {
    this.cancelTick?.();
  }

  private tick(): void {
    const { pingIntervalMs, pongTimeoutMs, responseTimeoutMs } = this.config;
    const nowMs = this.clock.nowMs();
    const silentMs = nowMs - this.signOfLifeMs;
    const waitingSinceMs = this.watched.waitingSinceMs();
    if (silentMs > pongTimeoutMs) this.watched.onDead(silentPeer(silentMs));
    else if (waitingSinceMs !== null && nowMs - waitingSinceMs > responseTimeoutMs) {
      this.watched.onDead(responseStalled(nowMs - waitingSinceMs));
    } else if (nowMs - this.pingedMs >= pingIntervalMs) {
      this.pingedMs = nowMs;
      this.watched.ping();
    }
  }
}
