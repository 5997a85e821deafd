import type { WebSocket } from 'ws';
import {
  type AudioFormat,
  asGatewayError,
  type CallIntake,
  type CallPlace,
  type Cancel,
  type GatewayError,
  type Log,
  type PlatformCapabilities,
  sameFormat,
} from '#libs/contracts';
import {
  announcedCallOver,
  binaryFrame,
  foreignAccount,
  formatUnsupported,
  outOfOrder,
  parametersDropped,
  startMismatch,
  startMissing,
  streamLost,
  tooManyBadFrames,
  unknownEvent,
} from './errors.js';
import { TwilioLeg, type TwilioLegParts } from './twilio.leg.js';
import { ANNOUNCED_FORMAT, PLATFORM, startedInfo } from './twilio.leg-info.js';
import { parseMessage, type TwilioMessage, type TwilioStart } from './twilio.messages.js';
import type { AnnouncedCall } from './twilio.tokens.js';

/** How a socket was let in: with the token of an announced call, or with a place of its own. */
export type Admission =
  | { readonly call: AnnouncedCall; readonly place: null }
  | { readonly call: null; readonly place: CallPlace };

export interface TwilioStreamParts extends Omit<TwilioLegParts, 'socket' | 'announced'> {
  readonly intake: CallIntake;
  readonly log: Log;
  readonly capabilities: PlatformCapabilities;
  /** A stream ended before a call had taken it, so that no call can tell. */
  readonly onRefused: (error: GatewayError) => void;
  /** A call has its leg, for the first time or again. */
  readonly onLeg: (leg: TwilioLeg) => void;
}

const MOST_BAD_FRAMES = 50;
/** Any other code is an error in Twilio's debugger. */
const CLOSE_NORMAL = 1000;
const CLOSE_POLICY = 1008;

/**
 * A socket that Twilio has opened: reads it, waits for "start", brings the call in, and from then on hands every message to
 * its leg. A message that cannot be used is counted; fifty in a row end this stream and no other.
 */
export class TwilioStream {
  private leg: TwilioLeg | null = null;
  private over = false;
  private badInARow = 0;
  private socketError: Error | null = null;
  private readonly cancelStart: Cancel;

  /** Listens at once: frames may lie in the same packet as the handshake. */
  constructor(
    private readonly socket: WebSocket,
    private readonly admission: Admission,
    private readonly parts: TwilioStreamParts,
  ) {
    const { startTimeoutMs } = parts.config;
    socket.on('message', (data, isBinary) => this.onMessage(data as Buffer, isBinary));
    socket.on('close', (code) => this.onClose(code));
    socket.on('error', (error) => {
      this.socketError = error;
    });
    this.cancelStart = parts.clock.after(startTimeoutMs, () => this.refuse(startMissing(startTimeoutMs)));
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (this.over || this.leg?.ended) return;
    try {
      if (isBinary) throw binaryFrame();
      const message = parseMessage(data.toString());
      if (this.leg !== null) this.leg.receive(message);
      else this.beforeStart(message);
      this.badInARow = 0;
    } catch (thrown) {
      this.onBadFrame(asGatewayError(thrown, 'TWILIO_FRAME_FAILED', 'A message could not be used'));
    }
  }

  private onBadFrame(error: GatewayError): void {
    this.badInARow++;
    if (this.badInARow >= MOST_BAD_FRAMES) this.refuse(tooManyBadFrames(this.badInARow));
    else if (this.leg !== null) this.leg.fault(error);
    else if (this.badInARow === 1) this.parts.log.warn({ code: error.code }, error.message);
  }

  private beforeStart(message: TwilioMessage): void {
    if (message.event === 'start') this.begin(message);
    else if (message.event === 'unknown') this.parts.log.debug({}, unknownEvent(message.name).message);
    else if (message.event !== 'connected') throw outOfOrder(message.event, 'before "start"');
  }

  private begin(start: TwilioStart): void {
    const { socket, parts, admission } = this;
    try {
      const format = this.checkStart(start);
      const back = admission.call?.back;
      if (back !== undefined) {
        this.bringBack(back as TwilioLeg, start);
        return;
      }
      if (admission.call !== null && !parts.intake.isAnnounced(PLATFORM, start.callSid)) {
        // The AI could not be had, or took too long: an ending of ours, after which the caller hears the fall-back.
        this.refuse(announcedCallOver(), CLOSE_NORMAL);
        return;
      }
      parts.farewells.forget(start.callSid);
      const info = startedInfo(start, format, admission.call, parts.capabilities);
      const leg = new TwilioLeg(info, format, start.streamSid, {
        ...parts,
        socket,
        announced: admission.call !== null,
      });
      leg.attach(parts.intake.offer(leg, admission.place));
      this.leg = leg;
    } catch (thrown) {
      this.refuse(asGatewayError(thrown, 'TWILIO_OFFER_FAILED', 'The call could not be taken'));
      return;
    }
    this.cancelStart();
    parts.onLeg(this.leg);
    if (start.parametersDropped > 0) this.leg.fault(parametersDropped(start.parametersDropped));
  }

  /** Nobody took the caller: the leg goes on with this stream. */
  private bringBack(leg: TwilioLeg, start: TwilioStart): void {
    if (leg.ended) {
      this.refuse(announcedCallOver(), CLOSE_NORMAL);
      return;
    }
    this.cancelStart();
    leg.comeBack(this.socket, start.streamSid);
    this.leg = leg;
    this.parts.onLeg(leg);
  }

  /** Throws GatewayError unless this start belongs to whom the socket was opened for, in a format we speak. */
  private checkStart(start: TwilioStart): AudioFormat {
    const { call } = this.admission;
    const { accountSid } = this.parts.config;
    const matches = call === null || (call.callSid === start.callSid && call.accountSid === start.accountSid);
    if (!matches) throw startMismatch();
    if (accountSid !== '' && accountSid !== start.accountSid) throw foreignAccount();
    const { format } = start;
    // An announced call's AI is open already, for the format that was announced.
    const usable = format !== null && (call === null || sameFormat(format, ANNOUNCED_FORMAT));
    if (!usable) throw formatUnsupported(start.formatText);
    return format;
  }

  /** Ends the stream. The caller hears what follows it in the TwiML. */
  private refuse(error: GatewayError, closeCode = CLOSE_POLICY): void {
    if (this.leg !== null) {
      this.leg.fail(error);
    } else {
      this.abandon(error);
      this.socket.close(closeCode);
    }
  }

  private onClose(code: number): void {
    const error = streamLost(code, this.socketError);
    if (this.leg !== null) this.leg.closed(this.socket, error);
    else this.abandon(error);
  }

  /** No call has taken this stream: gives back what was kept for it. */
  private abandon(error: GatewayError): void {
    if (this.over) return;
    this.over = true;
    this.cancelStart();
    giveUp(this.admission, this.parts.intake);
    this.parts.onRefused(error);
  }
}

/** A stream that was let in and never became a call: its place, or its announced call, is given up. */
export function giveUp(admission: Admission, intake: CallIntake): void {
  if (admission.place !== null) admission.place.release();
  else intake.withdraw(PLATFORM, admission.call.callSid);
}
