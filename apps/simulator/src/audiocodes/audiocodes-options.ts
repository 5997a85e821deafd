import type { CallOutcome } from '../call/call-report.js';
import type { LineOptions } from '../call/caller-line.js';

export interface AudioCodesCallOptions extends LineOptions {
  /** The bot URL; its query goes along. */
  readonly url: string;
  /** Sent as a bearer token. Without one there is no Authorization header at all. */
  readonly token?: string | null;
  /** `supportedMediaFormats`, the platform's favourite first. */
  readonly offer?: readonly string[];
  /** The bot connection's own setting; true unless given. A bot may change it by a `config` activity. */
  readonly bargeIn?: boolean;
  /** `sendEventsToBot`; `playFinished` alone unless given. */
  readonly events?: readonly string[];
  /** Keys are sent to the bot. True unless given. */
  readonly sendDtmf?: boolean;
  readonly dtmfName?: 'DTMF' | 'dtmf';
  readonly conversationId?: string;
  readonly botName?: string;
  readonly caller?: string;
  readonly callee?: string;
  readonly expectAudioMessages?: boolean;
  /** Added to the parameters of the `start` activity; SIP headers of the call come this way. */
  readonly startParameters?: Readonly<Record<string, unknown>>;
  /** The `start` activity has no parameters at all. */
  readonly bareStart?: boolean;
  /** One user stream for each, as in calls with several parties. None: one without a name. */
  readonly participants?: readonly string[];
  /** Length of the caller's chunks, or sizes of every kind: odd, tiny, empty. 20 ms unless given. */
  readonly chunks?: number | 'irregular';
  /** How often and how quickly a lost socket is replaced. Null: never. */
  readonly resume?: { readonly attempts: number; readonly afterMs: number } | null;
  /** Asks to resume another conversation than the lost one. */
  readonly resumeId?: string;
  /** A second, equal `session.initiate` follows the first. */
  readonly duplicateInitiate?: boolean;
  /** Text that is no JSON, unknown messages and unknown events are strewn in. */
  readonly junk?: boolean;
  /**
   * What becomes of a transfer for which the bot wants to be notified: it is told so, and `answered` ends the session; `none`: nothing
   * is ever heard of it. Unless given the session ends as transferred without a word before.
   */
  readonly transferResult?: 'answered' | 'failed' | 'none';
  /** How long the other side rings first. */
  readonly transferRingsMs?: number;
  /** How the call has to end for the report to be good. Unless given: any of the three ways in which calls should end. */
  readonly expect?: CallOutcome;
  /** For `session.accepted`; 10 s unless given. */
  readonly acceptWithinMs?: number;
  /** For `userStream.started` and `.stopped`; 2 s unless given. */
  readonly acknowledgeWithinMs?: number;
  /** For the bot to close after `session.end`; 5 s unless given. */
  readonly closeWithinMs?: number;
}

/** What the bot may change by `sessionParams` while the call lasts. */
export interface SessionParameters {
  bargeIn: boolean;
  bargeInOnDTMF: boolean;
  sendDTMF: boolean;
  sendEventsToBot: readonly string[];
  resumeRecognitionTimeoutMS: number;
}

export function initialParameters(options: AudioCodesCallOptions): SessionParameters {
  return {
    bargeIn: options.bargeIn ?? true,
    bargeInOnDTMF: false,
    sendDTMF: options.sendDtmf ?? true,
    sendEventsToBot: options.events ?? ['playFinished'],
    resumeRecognitionTimeoutMS: 10_000,
  };
}

/** Takes over those parameters that the simulator heeds and that have the right type. */
export function applyParameters(
  parameters: SessionParameters,
  given: Readonly<Record<string, unknown>>,
): void {
  if (typeof given.bargeIn === 'boolean') parameters.bargeIn = given.bargeIn;
  if (typeof given.bargeInOnDTMF === 'boolean') parameters.bargeInOnDTMF = given.bargeInOnDTMF;
  if (typeof given.sendDTMF === 'boolean') parameters.sendDTMF = given.sendDTMF;
  if (typeof given.resumeRecognitionTimeoutMS === 'number') {
    parameters.resumeRecognitionTimeoutMS = given.resumeRecognitionTimeoutMS;
  }
  const events = given.sendEventsToBot;
  if (Array.isArray(events)) parameters.sendEventsToBot = events.filter((event) => typeof event === 'string');
}
