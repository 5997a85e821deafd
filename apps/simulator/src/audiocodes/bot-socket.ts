import WebSocket from 'ws';
import { realClock } from '../call/real-clock.js';
import type { AudioCodesCallOptions } from './audiocodes-options.js';

export interface BotSocketListener {
  onOpen(): void;
  onText(text: string): void;
  onBinary(): void;
  /** The last word: refused, broken or closed. `status` is the HTTP status of a refused upgrade. */
  onGone(why: string, closeCode: number, status: number | null): void;
}

const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 2000;
/** About two seconds of 24 kHz sound. */
const SEND_LIMIT_BYTES = 256 * 1024;

/** One connection to the bot, with the headers that the platform sends. */
export class BotSocket {
  private readonly socket: WebSocket;
  private gone = false;

  constructor(
    options: Pick<AudioCodesCallOptions, 'url' | 'token' | 'caller'>,
    conversationId: string | null,
    private readonly listener: BotSocketListener,
  ) {
    this.socket = new WebSocket(options.url.replace(/^http/, 'ws'), {
      headers: botHeaders(options.token, conversationId, options.caller),
      perMessageDeflate: false,
      handshakeTimeout: CONNECT_WITHIN_MS,
    });
    let error = '';
    this.socket.on('open', () => listener.onOpen());
    this.socket.on('message', (data, binary) => {
      if (binary) listener.onBinary();
      else listener.onText(data.toString());
    });
    this.socket.on('unexpected-response', (request, response) => {
      this.tell(
        `the upgrade was answered with HTTP ${response.statusCode}`,
        1006,
        response.statusCode ?? null,
      );
      request.destroy();
    });
    this.socket.on('error', (thrown) => {
      error = thrown.message;
    });
    this.socket.on('close', (code) => this.tell(error || `closed with ${code}`, code, null));
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** False: dropped, because the far side does not read. */
  send(text: string): boolean {
    if (!this.isOpen) return true;
    if (this.socket.bufferedAmount > SEND_LIMIT_BYTES) return false;
    this.socket.send(text);
    return true;
  }

  sendRaw(message: string | Uint8Array): void {
    if (this.isOpen) this.socket.send(message);
  }

  /** In good order; a bot that does not answer is not waited for. */
  close(): void {
    this.socket.close(1000);
    realClock.after(CLOSE_WITHIN_MS, () => this.socket.terminate());
  }

  cut(): void {
    this.socket.terminate();
  }

  pauseReading(paused: boolean): void {
    if (paused) this.socket.pause();
    else this.socket.resume();
  }

  private tell(why: string, closeCode: number, status: number | null): void {
    if (this.gone) return;
    this.gone = true;
    this.listener.onGone(why, closeCode, status);
  }
}

export function botHeaders(
  token: string | null | undefined,
  conversationId: string | null,
  caller?: string,
): Record<string, string> {
  return {
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(conversationId !== null && { 'AC-Conversation-Id': conversationId }),
    ...(caller && { 'AC-Caller-Number': caller }),
  };
}
