import type { WebSocket } from 'ws';
import { base64ByteLength, bytesPerMs, Framer, frameFromBase64, silenceByte } from '#libs/audio';
import type {
  AudioFormat,
  AudioFrame,
  Cancel,
  Clock,
  EndReason,
  GatewayError,
  LegInfo,
  LegListener,
  PlatformLeg,
} from '#libs/contracts';
import { foreignStream, outOfOrder, unexpectedTrack, unknownEvent, unknownMark } from './errors.js';
import type { TwilioConfig } from './twilio.config.js';
import type { Farewells } from './twilio.farewells.js';
import {
  checkPayload,
  clearMessage,
  markMessage,
  mediaMessage,
  type TwilioMedia,
  type TwilioMessage,
} from './twilio.messages.js';
import { CallerTimeline } from './twilio.timeline.js';

export interface TwilioLegParts {
  readonly socket: WebSocket;
  readonly clock: Clock;
  readonly config: TwilioConfig;
  readonly farewells: Farewells;
}

/** Twilio plays frames of 20 ms; a shorter tail is reported to disturb the beginning of speech. */
const OUTBOUND_MS = 20;
/** After "stop" Twilio closes the socket itself; where nobody does, we do. */
const CLOSE_AFTER_STOP_MS = 5000;
/** Marks that wait for their echo. A stream that never echoes costs this much memory and no more. */
const MOST_MARKS = 4096;
/**
 * Any other code than 1000 is an error (31921) in Twilio's debugger. That a call is ended is none, even where the agent
 * failed; what Twilio sent and we could not use is one.
 */
const CLOSE_NORMAL = 1000;
const CLOSE_POLICY = 1008;

/** One media stream of one call, from its "start" on. Who reads the socket hands over what came. */
export class TwilioLeg implements PlatformLeg {
  private listener: LegListener | null = null;
  private answered = false;
  private over = false;
  private cancelClose: Cancel | null = null;
  private readonly marks = new Set<string>();
  private readonly timeline: CallerTimeline;
  private readonly framer: Framer;
  private readonly frameBytes: number;
  /** Measured as `bufferedAmount` is, on the wire: base64 makes four characters of three bytes. */
  private readonly mostBuffered: number;

  constructor(
    readonly info: LegInfo,
    private readonly format: AudioFormat,
    private readonly streamSid: string,
    private readonly parts: TwilioLegParts,
  ) {
    const { clock, config } = parts;
    this.timeline = new CallerTimeline(format, clock, config, (frame) => this.listener?.onCallerAudio(frame));
    this.frameBytes = OUTBOUND_MS * bytesPerMs(format);
    this.framer = new Framer(this.frameBytes, (bytes) => this.send(bytes));
    this.mostBuffered = (config.maxSlowReaderMs * bytesPerMs(format) * 4) / 3;
  }

  /** The call has taken this leg. A call may answer before it hands out its listener. */
  attach(listener: LegListener): void {
    this.listener = listener;
    if (this.answered && !this.over) listener.onReady();
  }

  get ended(): boolean {
    return this.over;
  }

  /** Throws GatewayError when the message does not belong here; the leg is then as it was before. */
  receive(message: TwilioMessage): void {
    if (message.event === 'unknown') this.fault(unknownEvent(message.name));
    else if (message.event === 'connected') throw outOfOrder('connected', 'after "start"');
    else if (message.streamSid !== this.streamSid) throw foreignStream();
    else if (message.event === 'media') this.onMedia(message);
    else if (message.event === 'mark') this.onMark(message.name);
    else if (message.event === 'dtmf') this.listener?.onDtmf(message.digit);
    else if (message.event === 'stop') this.onStop();
    else throw outOfOrder('start', 'a second time');
  }

  fault(error: GatewayError): void {
    this.listener?.onFault(error);
  }

  /** The leg cannot go on: the caller hears what follows the stream in the TwiML. */
  fail(error: GatewayError): void {
    if (this.over) return;
    this.hangUp('protocol-error');
    this.listener?.onFault(error);
    this.listener?.onHangUp('protocol-error');
  }

  /** The socket is closed. */
  closed(error: GatewayError): void {
    this.cancelClose?.();
    if (this.over) return;
    this.finish();
    this.listener?.onLegLost(error);
  }

  answer(): void {
    if (this.over || this.answered) return;
    this.answered = true;
    this.timeline.run();
    this.listener?.onReady();
  }

  push(frame: AudioFrame): boolean {
    const { socket } = this.parts;
    if (this.over || socket.bufferedAmount > this.mostBuffered) return false;
    const { base64 } = frame;
    if (this.framer.pendingBytes === 0 && base64ByteLength(base64) % this.frameBytes === 0) {
      if (base64.length > 0) socket.send(mediaMessage(this.streamSid, base64));
    } else {
      this.pushInFrames(frame.bytes);
    }
    return true;
  }

  get heldMs(): number {
    return this.framer.pendingBytes / bytesPerMs(this.format);
  }

  flush(): void {
    if (!this.over) this.framer.flush(silenceByte(this.format));
  }

  mark(name: string): void {
    if (this.over) return;
    if (this.marks.size >= MOST_MARKS) {
      for (const oldest of this.marks) {
        this.marks.delete(oldest);
        break;
      }
    }
    this.marks.add(name);
    this.parts.socket.send(markMessage(this.streamSid, name));
  }

  clear(): void {
    if (this.over) return;
    this.framer.clear();
    this.parts.socket.send(clearMessage(this.streamSid));
  }

  /**
   * Media Streams has no message to hang up. Closing the socket lets Twilio go on with the TwiML after `</Connect>`, which
   * asks the gateway; the farewell noted here decides whether that is the end or an apology.
   */
  hangUp(reason: EndReason): void {
    if (this.over) return;
    this.finish();
    this.parts.farewells.note(this.info.platformCallId, reason);
    this.parts.socket.close(reason === 'protocol-error' ? CLOSE_POLICY : CLOSE_NORMAL);
  }

  private onMedia(media: TwilioMedia): void {
    if (media.track !== 'inbound') throw unexpectedTrack();
    const { payload, timestampMs } = media;
    checkPayload(payload, this.format);
    const frame = frameFromBase64('caller', this.format, this.parts.clock.nowMs(), payload, timestampMs);
    this.timeline.arrived(timestampMs, frame.durationMs);
    this.listener?.onCallerAudio(frame);
  }

  /** After a `clear` Twilio echoes the marks it dropped as well; the call tells them apart by their names. */
  private onMark(name: string): void {
    if (!this.marks.delete(name)) throw unknownMark();
    this.listener?.onMarkHeard(name);
  }

  private onStop(): void {
    this.finish();
    const { clock, socket } = this.parts;
    this.cancelClose = clock.after(CLOSE_AFTER_STOP_MS, () => socket.close(CLOSE_NORMAL));
    this.listener?.onHangUp('caller-hung-up');
  }

  private finish(): void {
    this.over = true;
    this.timeline.stop();
    this.marks.clear();
  }

  /** Completes the frame that waits, sends what are whole frames in one message, keeps the rest. */
  private pushInFrames(bytes: Uint8Array): void {
    const { pendingBytes } = this.framer;
    const head = pendingBytes === 0 ? 0 : Math.min(bytes.length, this.frameBytes - pendingBytes);
    const tail = bytes.length - ((bytes.length - head) % this.frameBytes);
    if (head > 0) this.framer.push(bytes.subarray(0, head));
    if (tail > head) this.send(bytes.subarray(head, tail));
    if (tail < bytes.length) this.framer.push(bytes.subarray(tail));
  }

  private send(bytes: Uint8Array): void {
    const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    this.parts.socket.send(mediaMessage(this.streamSid, payload));
  }
}
