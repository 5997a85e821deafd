import WebSocket, { type RawData } from 'ws';
import { MULAW_SILENCE } from '#libs/audio';
import type { CallerLine } from '../call/caller-line.js';
import type { Slot } from '../call/line-faults.js';
import { readOrder } from './twilio-inbox.js';
import { newSid, type Route, type TwilioCallOptions } from './twilio-options.js';
import { TWILIO_FORMAT, TwilioPlayer } from './twilio-player.js';
import { handshakeSignature } from './twilio-signature.js';

/** How a stream came to its end. */
export type StreamEnd =
  | { readonly by: 'us' }
  | { readonly by: 'server'; readonly code: number }
  /** It never was up. */
  | { readonly by: 'refusal'; readonly code: string; readonly why: string }
  /** It broke, or we tore it. */
  | { readonly by: 'break'; readonly code: string; readonly why: string };

export interface StreamIds {
  readonly accountSid: string;
  readonly callSid: string;
}

const FIRST_TIMESTAMP = 155;
/** Real timestamps run a little unevenly, and a little slower than the sound: 19.97 ms a frame on average. */
const TIMESTAMP_STEP = 19.97;
const CONNECT_WITHIN_MS = 10_000;
const CLOSE_WITHIN_MS = 2000;
/** About two seconds of media messages. */
const SEND_LIMIT_BYTES = 64 * 1024;
const SILENCE_BASE64 = Buffer.alloc(160, MULAW_SILENCE).toString('base64');

/** One media stream: one socket, one streamSid, one set of counters. */
export class TwilioStream {
  readonly streamSid = newSid('MZ');
  private socket: WebSocket | null = null;
  private readonly player: TwilioPlayer;
  private sequence = 0;
  private chunk = 0;
  private firstSlot: number | null = null;
  private started = false;
  private closing: 'us' | 'cut' | 'over' | null = null;
  private ended!: (end: StreamEnd) => void;
  private readonly end: Promise<StreamEnd>;

  constructor(
    private readonly url: string,
    private readonly parameters: Readonly<Record<string, string>>,
    private readonly ids: StreamIds,
    private readonly options: TwilioCallOptions,
    private readonly route: Route,
    private readonly line: CallerLine,
    private readonly onStarted: () => void,
  ) {
    this.player = new TwilioPlayer(line, (name) => this.sendMark(name));
    this.end = new Promise((resolve) => {
      this.ended = resolve;
    });
  }

  /** Resolves when the stream is over, whoever ended it. */
  open(): Promise<StreamEnd> {
    const headers: Record<string, string> = { 'User-Agent': 'Twilio.TmeWs/1.0', 'accept-encoding': 'gzip' };
    const { authToken, signature: variant = 'good' } = this.options;
    const signature = authToken ? handshakeSignature(variant, authToken, this.url) : null;
    if (signature !== null) headers['x-twilio-signature'] = signature;
    const socket = new WebSocket(this.route.localOf(this.url), {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      handshakeTimeout: CONNECT_WITHIN_MS,
    });
    this.socket = socket;
    socket.on('open', () => this.greet());
    socket.on('message', (data, binary) => this.onMessage(data, binary));
    socket.on('unexpected-response', (request, response) => {
      this.finish({
        by: 'refusal',
        code: '31920',
        why: `the handshake was answered with HTTP ${response.statusCode}`,
      });
      request.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.onError(error));
    socket.on('close', (code) => this.onClose(code));
    return this.end;
  }

  sendSlot(slot: Slot): void {
    if (!this.started || this.closing !== null) return;
    this.firstSlot ??= slot.index;
    const socket = this.socket!;
    if (socket.bufferedAmount > SEND_LIMIT_BYTES) {
      this.line.record.breaches.add(
        '31930',
        'sound of the caller was thrown away: the far side reads too slowly',
      );
      return;
    }
    const elapsed = slot.index - this.firstSlot;
    const timestamp = FIRST_TIMESTAMP + Math.floor(elapsed * TIMESTAMP_STEP) - (elapsed % 7 === 1 ? 4 : 0);
    socket.send(
      `{"event":"media","sequenceNumber":"${++this.sequence}","media":{"track":"inbound","chunk":"${++this.chunk}",` +
        `"timestamp":"${timestamp}","payload":"${slot.frame?.base64 ?? SILENCE_BASE64}"},"streamSid":"${this.streamSid}"}`,
    );
  }

  press(digit: string): void {
    this.send({ event: 'dtmf', streamSid: this.streamSid, dtmf: { track: 'inbound_track', digit } });
  }

  /** The call has ended or goes on elsewhere: the last message, then the close. */
  stop(): void {
    if (this.closing !== null) return;
    this.send({ event: 'stop', streamSid: this.streamSid, stop: { ...this.ids } });
    this.closing = 'us';
    const socket = this.socket;
    if (socket === null || socket.readyState === WebSocket.CONNECTING) {
      this.finish({ by: 'us' });
      socket?.terminate();
      return;
    }
    socket.close(1000);
    this.line.clock.after(CLOSE_WITHIN_MS, () => socket.terminate());
  }

  /** The connection is gone without `stop`: the far side sees 1006. */
  cut(): void {
    this.closing ??= 'cut';
    this.socket?.terminate();
  }

  /** Sends something that Twilio never would, to see what the far side makes of it. */
  sendRaw(data: string | Uint8Array): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(data);
  }

  pauseReading(paused: boolean): void {
    if (paused) this.socket?.pause();
    else this.socket?.resume();
  }

  private greet(): void {
    this.socket!.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    const { startDelayMs = 0 } = this.options;
    if (startDelayMs === 0) this.start();
    else this.line.clock.after(startDelayMs, () => this.start());
  }

  private start(): void {
    if (this.closing !== null) return;
    const start = {
      accountSid: this.ids.accountSid,
      streamSid: this.streamSid,
      callSid: this.ids.callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: this.parameters,
      ...this.options.startOverride,
    };
    this.started = true;
    this.send({ event: 'start', start, streamSid: this.streamSid });
    this.line.record.event('stream started');
    this.line.up(TWILIO_FORMAT);
    this.onStarted();
  }

  private onMessage(data: RawData, binary: boolean): void {
    // What was under way when the stream ended is nobody's fault.
    if (this.closing !== null) return;
    const { breaches } = this.line.record;
    const nowMs = this.line.clock.nowMs();
    if (binary) {
      breaches.add('31950', 'a binary frame cannot be decoded');
      return;
    }
    if (!this.started) {
      breaches.add('31951', 'a message came before start: there is no streamSid yet');
      return;
    }
    const order = readOrder(data.toString(), this.streamSid);
    if (order.event === null) breaches.add('31951', order.why);
    else if (order.event === 'media') this.player.media(order.payload, nowMs);
    else if (order.event === 'mark') this.player.mark(order.name, nowMs);
    else this.player.clear(nowMs);
  }

  private sendMark(name: string): void {
    const { markDelayMs = () => 0 } = this.options;
    const delayMs = markDelayMs();
    if (delayMs === null) return;
    const echo = () => this.send({ event: 'mark', streamSid: this.streamSid, mark: { name } });
    if (delayMs > 0) this.line.clock.after(delayMs, echo);
    else echo();
  }

  /** Everything after `connected` counts in one sequence. */
  private send(message: object): void {
    if (!this.started || this.closing !== null || this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ ...message, sequenceNumber: String(++this.sequence) }));
  }

  private onError(error: NodeJS.ErrnoException): void {
    if (this.closing !== null) return;
    const code = errorCode(error);
    if (this.socket!.readyState === WebSocket.CONNECTING || !this.started) {
      this.finish({ by: 'refusal', code, why: error.message });
      return;
    }
    this.line.record.breaches.add(code, error.message);
    this.finish({ by: 'break', code, why: error.message });
  }

  private onClose(code: number): void {
    if (this.closing === 'us') this.finish({ by: 'us' });
    else if (this.closing === 'cut')
      this.finish({ by: 'break', code: '31903', why: 'the simulator cut the socket' });
    else if (code === 1006) {
      this.line.record.breaches.add('31903', 'the far side broke the connection without a close frame');
      this.finish({ by: 'break', code: '31903', why: 'closed with 1006' });
    } else {
      if (code !== 1000 && code !== 1005)
        this.line.record.breaches.add('31921', `the far side closed with code ${code}`);
      this.finish({ by: 'server', code });
    }
  }

  private finish(end: StreamEnd): void {
    this.closing ??= 'over';
    this.player.stop();
    // What was queued dies with the stream.
    this.line.playback.clear(this.line.clock.nowMs());
    this.ended(end);
  }
}

/** Twilio's code for what went wrong on the way to or on the socket. */
function errorCode(error: NodeJS.ErrnoException): string {
  const code = error.code ?? '';
  if (code === 'ECONNREFUSED') return '31902';
  if (code === 'ENOTFOUND' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EAI_AGAIN')
    return '31904';
  if (code.startsWith('WS_ERR_')) return '31924';
  if (code.startsWith('ERR_TLS') || code.includes('CERT') || code === 'EPROTO') return '31910';
  if (code === 'ECONNRESET' || code === 'EPIPE') return '31903';
  return error.message.includes('timed out') ? '31901' : '31900';
}
