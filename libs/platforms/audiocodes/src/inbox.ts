import type { RawData } from 'ws';
import { asGatewayError, type GatewayError } from '#libs/contracts';
import { type ActivityListener, hearActivities } from './activities.js';
import { parseMessage, readParticipant, type VaicMessage } from './audiocodes.messages.js';
import type { CallMedia } from './call-media.js';
import type { Conversation } from './conversation.js';
import { errors } from './errors.js';
import { Faults } from './faults.js';
import type { Outbox } from './outbox.js';

/** What the messages of a call come to, as far as the call must act. */
export interface InboxListener extends Omit<ActivityListener, 'onBadActivity' | 'onOddActivity'> {
  /** VoiceAI Connect ended the conversation, for this reason if it gave one. */
  onSessionEnd(reasonCode: unknown): void;
  /** Something is wrong with what came; the call goes on. */
  onFault(error: GatewayError): void;
  /** So much is wrong that the call cannot go on. */
  onTooMuch(error: GatewayError): void;
}

/**
 * Every message of a call on one socket: what may be answered at once is answered here, sound goes to the call's media, and
 * only what the call must know of is told.
 */
export class Inbox {
  /** A user stream was started on this socket, whether or not the call was accepted by then. */
  streamWasStarted = false;
  /** Null until the call is accepted. */
  private media: CallMedia | null = null;
  private hears: 'all' | 'no-sound' | 'nothing' = 'all';
  private readonly faults: Faults;
  private readonly activities: ActivityListener;

  constructor(
    private readonly conversation: Conversation,
    private readonly outbox: Outbox,
    private readonly listener: InboxListener,
  ) {
    this.faults = new Faults((error) => listener.onFault(error));
    this.activities = {
      onStart: (parameters) => listener.onStart(parameters),
      onDigit: (digit) => listener.onDigit(digit),
      onPlayFinished: (streamId) => listener.onPlayFinished(streamId),
      onTransferStatus: (value) => listener.onTransferStatus(value),
      onBadActivity: (error) => this.bad(error),
      onOddActivity: (error) => this.faults.odd(error),
    };
  }

  /** The call was accepted, which VoiceAI Connect is told: this is where its sound goes. */
  accepted(media: CallMedia): void {
    this.media = media;
    this.outbox.accepted(media.mediaFormat);
  }

  /** The call is being ended: its sound is passed over, all else is answered as before. */
  leaving(): void {
    this.hears = 'no-sound';
  }

  /** Nothing on the socket matters to the call any more. */
  close(): void {
    this.hears = 'nothing';
  }

  receive(data: RawData): void {
    if (this.hears === 'nothing') return;
    try {
      // A Buffer, as it is `ws`'s default. JSON in a binary frame is taken like text.
      const message = parseMessage((data as Buffer).toString());
      if (message === null) this.bad(errors.malformed());
      else if (message.type === 'userStream.chunk') this.onChunk(message);
      else this.onControl(message);
    } catch (thrown) {
      // Whatever a message may provoke ends this call at most.
      this.bad(asGatewayError(thrown, 'AUDIOCODES_MESSAGE_FAILED', 'A message could not be used'));
    }
  }

  private onChunk(message: VaicMessage): void {
    if (this.hears === 'no-sound') return;
    if (this.isForeign(message)) this.bad(errors.wrongConversation());
    else if (this.media === null) this.faults.odd(errors.outOfOrder('userStream.chunk'));
    else {
      const error = this.media.caller.chunk(readParticipant(message), message.audioChunk);
      if (error === null) this.faults.good();
      else if (error.code === 'AUDIOCODES_OUT_OF_ORDER') this.faults.odd(error);
      else this.bad(error);
    }
  }

  private onControl(message: VaicMessage): void {
    if (message.type === 'activities') {
      // The envelope of activities is known to come with ids of other kinds; the socket tells the call.
      if (hearActivities(message, this.activities)) this.faults.good();
      return;
    }
    if (this.isForeign(message)) {
      this.bad(errors.wrongConversation());
      return;
    }
    this.faults.good();
    switch (message.type) {
      case 'userStream.start': {
        const participant = readParticipant(message);
        this.outbox.userStream('started', participant);
        this.streamWasStarted = true;
        this.media?.caller.start(participant);
        break;
      }
      case 'userStream.stop': {
        const participant = readParticipant(message);
        this.outbox.userStream('stopped', participant);
        this.media?.caller.stop(participant);
        break;
      }
      case 'session.end':
        this.listener.onSessionEnd(message.reasonCode);
        break;
      case 'session.initiate':
      case 'session.resume':
        if (this.media !== null) this.outbox.accepted(this.media.mediaFormat);
        break;
      case 'connection.validate':
        this.outbox.validated();
        break;
      case 'playStream.mark.reached':
        break;
      default:
        this.faults.odd(errors.unknownType(message.type));
    }
  }

  private isForeign(message: VaicMessage): boolean {
    return message.conversationId !== undefined && message.conversationId !== this.conversation.id;
  }

  private bad(error: GatewayError): void {
    if (this.faults.bad(error)) this.listener.onTooMuch(errors.tooManyBad(Faults.maxBadInARow));
  }
}
