import type { WebSocket } from 'ws';
import { bytesPerMs, frameFromBase64 } from '#libs/audio';
import {
  type AudioFormat,
  type AudioFrame,
  type Cancel,
  type Clock,
  type EndReason,
  type GatewayError,
  type LegInfo,
  type LegListener,
  type PlatformLeg,
  sameFormat,
  type TextTurns,
} from '#libs/contracts';
import { foreignStream, outOfOrder, unexpectedTrack, unknownEvent, unknownMark } from './errors.js';
import { AgentSound } from './twilio.agent-sound.js';
import type { TwilioConfig } from './twilio.config.js';
import type { Farewells } from './twilio.farewells.js';
import { ANNOUNCED_FORMAT } from './twilio.leg-info.js';
import type { LegServices } from './twilio.leg-services.js';
import {
  checkPayload,
  clearMessage,
  markMessage,
  mediaMessage,
  type TwilioMedia,
  type TwilioMessage,
} from './twilio.messages.js';
import { CallerTimeline } from './twilio.timeline.js';
import type { TransferableLeg } from './twilio.transfers.js';

export interface TwilioLegParts {
  readonly socket: WebSocket;
  readonly clock: Clock;
  readonly config: TwilioConfig;
  readonly farewells: Farewells;
  readonly services: LegServices;
  /** The TwiML is ours: behind the stream the gateway is asked. */
  readonly announced: boolean;
}

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
export class TwilioLeg implements PlatformLeg, TransferableLeg {
  private listener: LegListener | null = null;
  private answered = false;
  private over = false;
  /** The stream ends because the caller is handed on. */
  private leaving = false;
  /** The call goes on without sound. */
  private inTurns = false;
  /** Null while the caller is away. */
  private socket: WebSocket | null;
  /** The one that had its "stop" and waits for its close. */
  private stopped: WebSocket | null = null;
  private cancelClose: Cancel | null = null;
  private readonly marks = new Set<string>();
  private timeline: CallerTimeline;
  private readonly sound: AgentSound;
  /** Measured as `bufferedAmount` is, on the wire: base64 makes four characters of three bytes. */
  private readonly mostBuffered: number;

  constructor(
    readonly info: LegInfo,
    private readonly format: AudioFormat,
    private streamSid: string,
    private readonly parts: TwilioLegParts,
  ) {
    this.socket = parts.socket;
    this.timeline = this.newTimeline();
    this.sound = new AgentSound(format, (base64) => this.socket?.send(mediaMessage(this.streamSid, base64)));
    this.mostBuffered = (parts.config.maxSlowReaderMs * bytesPerMs(format) * 4) / 3;
  }

  /** The call has taken this leg. A call may answer before it hands out its listener. */
  attach(listener: LegListener): void {
    this.listener = listener;
    if (this.answered && !this.over) listener.onReady();
  }

  get ended(): boolean {
    return this.over;
  }

  get callSid(): string {
    return this.info.platformCallId;
  }

  get hasStream(): boolean {
    return this.socket !== null;
  }

  get canComeBack(): boolean {
    return !this.over && sameFormat(this.format, ANNOUNCED_FORMAT);
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
  closed(socket: WebSocket, error: GatewayError): void {
    if (socket === this.stopped) this.cancelClose?.();
    if (socket !== this.socket || this.over) return;
    if (this.leaving) this.streamEnded();
    else this.lost(error);
  }

  lost(error: GatewayError): void {
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
    const { socket } = this;
    if (socket === null || this.over || socket.bufferedAmount > this.mostBuffered) return false;
    this.sound.push(frame);
    return true;
  }

  get heldMs(): number {
    return this.sound.heldMs;
  }

  flush(): void {
    if (!this.over) this.sound.flush();
  }

  mark(name: string): void {
    if (this.over || this.socket === null) return;
    if (this.marks.size >= MOST_MARKS) {
      for (const oldest of this.marks) {
        this.marks.delete(oldest);
        break;
      }
    }
    this.marks.add(name);
    this.socket.send(markMessage(this.streamSid, name));
  }

  clear(): void {
    if (this.over) return;
    this.sound.clear();
    this.socket?.send(clearMessage(this.streamSid));
  }

  /**
   * Media Streams has no message to hang up. Closing the socket lets Twilio go on with the TwiML after `</Connect>`, which
   * asks the gateway; the farewell noted here decides whether that is the end or an apology.
   */
  hangUp(reason: EndReason, told = false): void {
    if (this.inTurns) this.parts.services.endTurns(this.callSid, reason);
    if (this.over) return;
    const { socket, leaving } = this;
    this.finish();
    this.parts.farewells.note(this.callSid, reason, told);
    // Twilio may be about to dial: then nothing asks what follows the stream.
    if (socket === null || leaving) this.parts.services.hangUp(this.callSid);
    socket?.close(reason === 'protocol-error' ? CLOSE_POLICY : CLOSE_NORMAL);
  }

  transfer(to: string): Promise<void> {
    return this.parts.services.transfer(this, to);
  }

  takeTurns(turns: TextTurns): boolean {
    if (this.over || this.leaving) return false;
    const { services, announced } = this.parts;
    const { socket } = this;
    const leave = () => socket?.close(CLOSE_NORMAL);
    this.inTurns = services.takeTurns(this.callSid, turns, announced, leave);
    if (this.inTurns) this.finish();
    return this.inTurns;
  }

  // For the transfer of the call.

  leave(): void {
    this.leaving = true;
  }

  /** The stream may have ended all the same: then the caller is gone. */
  stay(): void {
    this.leaving = false;
    if (this.socket === null) this.callerHungUp();
  }

  handedOver(): void {
    if (this.over) return;
    const { socket } = this;
    this.finish();
    this.parts.farewells.note(this.callSid, 'transferred');
    socket?.close(CLOSE_NORMAL);
  }

  /** The call is over, whether the stream has told so or not. */
  callerHungUp(): void {
    if (this.over) return;
    const { socket } = this;
    this.finish();
    socket?.close(CLOSE_NORMAL);
    this.listener?.onHangUp('caller-hung-up');
  }

  /** The caller is back on a new stream, which counts anew. */
  comeBack(socket: WebSocket, streamSid: string): void {
    this.leaving = false;
    this.socket?.close(CLOSE_NORMAL);
    this.socket = socket;
    this.streamSid = streamSid;
    this.sound.clear();
    this.timeline.stop();
    this.timeline = this.newTimeline();
    if (this.answered) this.timeline.run();
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
    const { socket } = this;
    this.stopped = socket;
    if (this.leaving) this.streamEnded();
    else this.finish();
    this.cancelClose = this.parts.clock.after(CLOSE_AFTER_STOP_MS, () => socket?.close(CLOSE_NORMAL));
    if (this.over) this.listener?.onHangUp('caller-hung-up');
  }

  /** The caller is being handed on; silence takes his place meanwhile, and what the agent says is lost. */
  private streamEnded(): void {
    this.socket = null;
    this.marks.clear();
    this.sound.clear();
  }

  private newTimeline(): CallerTimeline {
    const { clock, config } = this.parts;
    return new CallerTimeline(this.format, clock, config, (frame) => this.listener?.onCallerAudio(frame));
  }

  private finish(): void {
    this.over = true;
    this.parts.services.legEnded(this);
    this.timeline.stop();
    this.marks.clear();
  }
}
