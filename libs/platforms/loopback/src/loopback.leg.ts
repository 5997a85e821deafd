import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { bytesPerMs, frameFromBytes } from '#libs/audio';
import type {
  AudioFormat,
  AudioFrame,
  CallIntake,
  CallPlace,
  Cancel,
  Clock,
  EndReason,
  GatewayError,
  LegFormats,
  LegInfo,
  LegListener,
  PlatformCapabilities,
  PlatformLeg,
} from '#libs/contracts';
import { asGatewayError } from '#libs/contracts';
import { badMessage, connectionLost, startMissing, tooManyBadMessages } from './errors.js';
import { ANSWERED, buildHangUp, buildMark, CLEAR, parseMessage } from './loopback.messages.js';

const FORMAT: AudioFormat = { encoding: 'pcm16', sampleRate: 16_000 };
const BAD_MESSAGES_IN_A_ROW = 50;
const SLOW_READER_MS = 2000;

export const LOOPBACK_CAPABILITIES: PlatformCapabilities = {
  marks: true,
  resumeWithinMs: null,
  continuousCallerAudio: true,
  earlyMedia: true,
  transfer: false,
  dial: false,
};

/** One call over one connection. */
export class LoopbackLeg implements PlatformLeg {
  info: LegInfo = {
    platform: 'loopback',
    platformCallId: '',
    direction: 'inbound',
    from: null,
    to: null,
    callerFormats: [FORMAT],
    agentFormats: [FORMAT],
    parameters: {},
    capabilities: LOOPBACK_CAPABILITIES,
  };
  private listener: LegListener | null = null;
  private over = false;
  private badInARow = 0;
  private readonly cancelStartTimer: Cancel;

  constructor(
    private readonly socket: WebSocket,
    private readonly intake: CallIntake,
    private readonly place: CallPlace,
    private readonly clock: Clock,
    startTimeoutMs: number,
  ) {
    this.cancelStartTimer = clock.after(startTimeoutMs, () => this.refuse(startMissing()));
    socket.on('message', (data: Buffer, isBinary: boolean) => this.onMessage(data, isBinary));
    socket.on('close', () => this.onClose());
    socket.on('error', () => socket.terminate());
  }

  answer(_formats: LegFormats): void {
    this.send(ANSWERED);
    this.listener?.onReady();
  }

  push(frame: AudioFrame): boolean {
    if (this.over || this.socket.bufferedAmount > SLOW_READER_MS * bytesPerMs(FORMAT)) return false;
    this.socket.send(frame.bytes);
    return true;
  }

  flush(): void {
    // Frames of any length are sent as they come, so nothing is held back.
  }

  mark(name: string): void {
    this.send(buildMark(name));
  }

  clear(): void {
    this.send(CLEAR);
  }

  hangUp(reason: EndReason): void {
    this.send(buildHangUp(reason));
    this.finish();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (this.over) return;
    if (isBinary) this.onAudio(data);
    else this.onText(data.toString());
  }

  private onAudio(data: Buffer): void {
    if (this.listener === null || data.length === 0 || data.length % 2 !== 0) {
      this.fault(badMessage('sound before the start, or half a sample'));
      return;
    }
    this.badInARow = 0;
    this.listener.onCallerAudio(frameFromBytes('caller', FORMAT, this.clock.nowMs(), data));
  }

  private onText(json: string): void {
    const message = parseMessage(json);
    if (message === null || (message.type === 'start') === (this.listener !== null)) {
      this.fault(badMessage('unknown, or out of order'));
      return;
    }
    this.badInARow = 0;
    switch (message.type) {
      case 'start':
        this.begin(message.callId, message.from, message.to);
        break;
      case 'mark':
        this.listener?.onMarkHeard(message.name);
        break;
      case 'dtmf':
        this.listener?.onDtmf(message.digit);
        break;
      case 'stop':
        this.listener?.onHangUp('caller-hung-up');
        this.finish();
        break;
    }
  }

  private begin(callId: string | null, from: string | null, to: string | null): void {
    this.cancelStartTimer();
    this.info = { ...this.info, platformCallId: callId ?? randomUUID(), from, to };
    try {
      this.listener = this.intake.offer(this, this.place);
    } catch (thrown) {
      this.refuse(asGatewayError(thrown, 'LOOPBACK_REFUSED', 'The call was not taken'));
    }
  }

  private fault(error: GatewayError): void {
    this.listener?.onFault(error);
    if (++this.badInARow < BAD_MESSAGES_IN_A_ROW) return;
    this.listener?.onHangUp('protocol-error');
    this.refuse(tooManyBadMessages());
  }

  private refuse(error: GatewayError): void {
    this.send(buildHangUp(error.code));
    this.finish();
  }

  private onClose(): void {
    const wasOver = this.over;
    this.finish();
    if (!wasOver) this.listener?.onLegLost(connectionLost());
  }

  private send(text: string): void {
    if (!this.over) this.socket.send(text);
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.cancelStartTimer();
    this.place.release();
    this.socket.close(1000);
  }
}
