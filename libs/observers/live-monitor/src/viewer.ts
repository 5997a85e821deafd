import type { WebSocket } from 'ws';
import type { Clock, GatewayError, Operator } from '#libs/contracts';
import type { MessageId } from './messages.js';

/** How often a listening viewer is asked whether it has read everything so far, and how long it may owe the answer. */
const PROBE_EVERY_MS = 500;
const MAY_LAG_MS = 2000;
const PROBE = Buffer.from('monitor');
const OPEN = 1;

/** One text message, ready to be sent to any number of viewers. */
export function textMessage(event: string, data: object, id?: MessageId): Buffer {
  return Buffer.from(JSON.stringify({ event, id, data }));
}

/** Somebody who watches, over one socket. */
export class Viewer {
  private probedMs: number | null = null;
  private lastProbeMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly socket: WebSocket,
    readonly operator: Operator,
    private readonly clock: Clock,
    private readonly maxBufferedBytes: number,
  ) {
    socket.on('pong', (payload: Buffer) => {
      if (payload.equals(PROBE)) this.probedMs = null;
    });
  }

  /** Returns how long the message is, in bytes. */
  tell(event: string, data: object, id?: MessageId): number {
    const message = textMessage(event, data, id);
    this.sendText(message);
    return message.length;
  }

  fail(error: GatewayError, id?: MessageId): void {
    const { code, message, advice } = error;
    this.tell('error', { code, message, ...(advice === null ? {} : { advice }) }, id);
  }

  /** One that never reads is cut off by the edge. */
  sendText(message: Buffer): void {
    if (this.socket.readyState === OPEN) this.socket.send(message, { binary: false });
  }

  /** For what is outdated by the next of its kind. */
  sendTextIfDrained(message: Buffer): void {
    if (this.socket.bufferedAmount <= this.maxBufferedBytes) this.sendText(message);
  }

  /** False: the viewer is behind, and the sound is lost for it. */
  sendSound(message: Buffer, isBinary: boolean): boolean {
    if (this.socket.readyState !== OPEN) return false;
    if (this.socket.bufferedAmount > this.maxBufferedBytes || this.isBehind()) return false;
    this.socket.send(message, { binary: isBinary });
    return true;
  }

  /**
   * The kernel takes megabytes before `bufferedAmount` grows, which is minutes of sound. The answer to a ping comes only
   * after everything before it was read.
   */
  private isBehind(): boolean {
    const nowMs = this.clock.nowMs();
    if (this.probedMs !== null) return nowMs - this.probedMs > MAY_LAG_MS;
    if (nowMs - this.lastProbeMs >= PROBE_EVERY_MS) {
      this.probedMs = nowMs;
      this.lastProbeMs = nowMs;
      this.socket.ping(PROBE);
    }
    return false;
  }
}
