import type { RawData, WebSocket } from 'ws';
import {
  type AudioFrame,
  asGatewayError,
  type CallerNews,
  type Cancel,
  type Clock,
  type EndReason,
  formatName,
  type GatewayError,
  type LegFormats,
  type LegInfo,
  type LegListener,
  type Log,
  type PlatformLeg,
} from '#libs/contracts';
import { type ActivityListener, hearActivities } from './activities.js';
import type { AudioCodesConfig } from './audiocodes.config.js';
import {
  activity,
  type BotEvent,
  CONNECTION_VALIDATED,
  parseMessage,
  readParticipant,
  sessionAccepted,
  sessionError,
  speechNews,
  userStreamAnswer,
  type VaicMessage,
} from './audiocodes.messages.js';
import { detailsOfStart } from './call-details.js';
import { type CallMedia, callMedia } from './call-media.js';
import type { Conversation } from './conversation.js';
import { endReason } from './end-reason.js';
import { errors } from './errors.js';
import { Faults } from './faults.js';
import { Transfer, transferTarget } from './transfer.js';

export interface LegSurroundings {
  readonly config: AudioCodesConfig;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * One call on one socket, from the offer on. A call that is resumed on another socket gets another leg.
 *
 * `leaving`: the hangup was sent, session.end is awaited. `lost`: the socket went without a goodbye.
 */
export class AudioCodesLeg implements PlatformLeg {
  readonly info: LegInfo;
  private readonly config: AudioCodesConfig;
  private readonly clock: Clock;
  private readonly transferring: Transfer;
  private state: 'offered' | 'accepted' | 'leaving' | 'lost' | 'over' = 'offered';
  private listener: LegListener | null = null;
  private callerSpeaks = false;
  /** Null until the call is accepted. */
  private media: CallMedia | null = null;
  /** User streams may be open that were never started on this socket, or before the call was accepted. */
  private openAlready: boolean;
  private ready = false;
  /** Of the phases that have a time limit there is one at a time. */
  private cancelLimit: Cancel | null = null;
  private readonly faults = new Faults((error) => this.listener?.onFault(error));
  private readonly activities: ActivityListener;
  private socketError: unknown;

  constructor(
    private readonly client: WebSocket,
    private readonly conversation: Conversation,
    private readonly resumed: boolean,
    private readonly surroundings: LegSurroundings,
  ) {
    this.info = conversation.info;
    this.config = surroundings.config;
    this.clock = surroundings.clock;
    this.transferring = new Transfer(this.clock, this.config.transferTimeoutMs);
    this.openAlready = resumed;
    this.activities = {
      onStart: (parameters) => this.onStart(parameters),
      onDigit: (digit) => this.listener?.onDtmf(digit),
      onPlayFinished: (streamId) => {
        if (this.running?.plays.playedOut(streamId)) this.listener?.onPlaybackFinished();
      },
      onTransferStatus: (value) => this.transferring.status(value),
      onBadActivity: (error) => this.bad(error),
      onOddActivity: (error) => this.faults.odd(error),
    };
  }

  /** The call took the leg. */
  attach(listener: LegListener): void {
    this.listener = listener;
    this.conversation.dropLeg = () => this.drop();
    this.client.on('message', (data) => this.onMessage(data));
    this.client.on('error', (error) => {
      this.socketError = error;
    });
    this.client.on('close', (code) => this.onClose(code));
    const { acceptTimeoutMs } = this.config;
    this.limit(acceptTimeoutMs, () => this.fail(errors.notReady(acceptTimeoutMs), 'never-connected'));
  }

  /** Lets go of the socket without a word to the call or to VoiceAI Connect: the call goes on elsewhere or never began. */
  drop(): void {
    this.stop('over');
    this.client.terminate();
  }

  answer(formats: LegFormats): void {
    if (this.state !== 'offered') return;
    this.media = callMedia({
      conversation: this.conversation,
      formats,
      socket: this.client,
      clock: this.clock,
      config: this.config,
      openAlready: this.openAlready,
      onCallerAudio: (frame) => this.listener?.onCallerAudio(frame),
      onFault: (error) => this.listener?.onFault(error),
    });
    if (this.media === null) {
      const agreed = `${formatName(formats.caller)}, ${formatName(formats.agent)}`;
      this.fail(errors.formatNotOffered(agreed), 'internal-error');
      return;
    }
    this.state = 'accepted';
    this.client.send(sessionAccepted(this.media.mediaFormat));
    this.limit(this.config.startTimeoutMs, () => this.becomeReady());
    if (this.resumed || this.conversation.started) this.becomeReady();
  }

  push(frame: AudioFrame): boolean {
    return this.running?.plays.push(frame) ?? false;
  }

  flush(): void {
    this.running?.plays.finish();
  }

  /** There are no marks that this gateway could rely on (section 6.5). */
  mark(): void {
    return;
  }

  clear(): void {
    if (this.running?.plays.cut() && this.config.abortPromptsOnBargeIn) this.tell({ name: 'abortPrompts' });
  }

  understood(news: CallerNews): void {
    const { running } = this;
    if (news.kind !== 'hypothesis') this.callerSpeaks = news.kind === 'speech-started';
    if (running === null || ('text' in news && news.text === '')) return;
    // AudioCodes takes a hypothesis for a caller who speaks now, and silences the agent. Transcripts that come after the
    // turn, when the answer is on its way already, must not interrupt it; their final form is no danger.
    if (news.kind === 'hypothesis' && !this.callerSpeaks) return;
    this.client.send(speechNews(news, running.caller.participant, this.config.participantField));
  }

  transfer(to: string): Promise<void> {
    const target = transferTarget(to);
    if (target === null) return Promise.reject(errors.transferTarget());
    if (this.running === null) return Promise.reject(errors.transferImpossible('it is not up'));
    if (this.transferring.pending)
      return Promise.reject(errors.transferImpossible('another transfer is under way'));
    const transferNotifications = this.config.transferNotifications || undefined;
    this.tell({ name: 'transfer', activityParams: { transferTarget: target, transferNotifications } });
    return this.transferring.begin();
  }

  hangUp(reason: EndReason): void {
    if (this.state === 'offered') this.refuse(reason);
    else if (this.state === 'accepted') {
      this.running?.plays.cut();
      this.tell({ name: 'hangup', activityParams: { hangupReason: reason } });
      this.stop('leaving');
      // Closing the socket first would count as a lost connection, and the caller would stay on the line.
      this.limit(this.config.hangUpGuardMs, () => {
        this.surroundings.log.warn(
          { code: 'AUDIOCODES_END_MISSING' },
          'No session.end came after the hangup',
        );
        this.leave();
      });
    }
  }

  /** The sound of the call while it is up. */
  private get running(): CallMedia | null {
    return this.state === 'accepted' ? this.media : null;
  }

  private onMessage(data: RawData): void {
    if (this.state === 'over' || this.state === 'lost') return;
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
    if (this.state === 'leaving') return;
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
    // The envelope of activities is known to come with ids of other kinds; the socket tells the call.
    if (message.type !== 'activities' && this.isForeign(message)) {
      this.bad(errors.wrongConversation());
      return;
    }
    if (message.type !== 'activities') this.faults.good();
    switch (message.type) {
      case 'userStream.start':
        this.client.send(userStreamAnswer('started', readParticipant(message)));
        this.openAlready = true;
        this.media?.caller.start(readParticipant(message));
        break;
      case 'userStream.stop':
        this.client.send(userStreamAnswer('stopped', readParticipant(message)));
        this.media?.caller.stop(readParticipant(message));
        break;
      case 'activities':
        if (hearActivities(message, this.activities)) this.faults.good();
        break;
      case 'session.end':
        this.onSessionEnd(message);
        break;
      case 'session.initiate':
      case 'session.resume':
        if (this.media !== null) this.client.send(sessionAccepted(this.media.mediaFormat));
        break;
      case 'connection.validate':
        this.client.send(CONNECTION_VALIDATED);
        break;
      case 'playStream.mark.reached':
        break;
      default:
        this.faults.odd(errors.unknownType(message.type));
    }
  }

  private onStart(parameters: Readonly<Record<string, unknown>>): void {
    if (this.conversation.started) return;
    this.conversation.started = true;
    this.listener?.onDetails(detailsOfStart(parameters));
    this.becomeReady();
  }

  private onSessionEnd(message: VaicMessage): void {
    const { listener } = this;
    const reason = endReason(message.reasonCode);
    if (reason === 'transferred') this.transferring.succeeded();
    if (message.reasonCode === 'error') listener?.onFault(errors.endedByError());
    this.end();
    this.client.close(1000);
    listener?.onHangUp(reason);
  }

  private onClose(code: number): void {
    if (this.state === 'leaving') this.end();
    if (this.state === 'over') return;
    const { listener } = this;
    this.stop('lost');
    this.conversation.lost();
    listener?.onLegLost(errors.legLost(code, this.socketError));
  }

  private becomeReady(): void {
    const { running } = this;
    if (this.ready || running === null) return;
    this.ready = true;
    this.cancelLimit?.();
    if (this.config.requestBargeIn && !this.conversation.configured) this.configure();
    if (this.config.fillSilence) running.caller.fillWithSilence();
    this.listener?.onReady();
  }

  private configure(): void {
    this.conversation.configured = true;
    const { sendEventsToBot } = this.config;
    this.tell({ name: 'config', sessionParams: { bargeIn: true, sendDTMF: true, sendEventsToBot } });
  }

  private isForeign(message: VaicMessage): boolean {
    return message.conversationId !== undefined && message.conversationId !== this.conversation.id;
  }

  private tell(event: BotEvent): void {
    this.client.send(activity(event, new Date()));
  }

  private bad(error: GatewayError): void {
    if (this.faults.bad(error)) this.fail(errors.tooManyBad(Faults.maxBadInARow), 'protocol-error');
  }

  private limit(delayMs: number, action: () => void): void {
    this.cancelLimit?.();
    this.cancelLimit = this.clock.after(delayMs, action);
  }

  private fail(error: GatewayError, reason: EndReason): void {
    const { listener } = this;
    this.surroundings.log.warn({ code: error.code }, 'The call is ended from this side');
    this.refuse(error.message);
    listener?.onFault(error);
    listener?.onHangUp(reason);
  }

  private refuse(reason: string): void {
    this.client.send(sessionError(reason, this.conversation.id));
    this.leave();
  }

  private leave(): void {
    this.end();
    this.client.close(1000);
  }

  private end(): void {
    this.stop('over');
    this.conversation.ended();
  }

  /** No more sound, no more timers, no more news for the call. */
  private stop(state: 'leaving' | 'lost' | 'over'): void {
    this.state = state;
    this.listener = null;
    this.cancelLimit?.();
    this.media?.caller.close();
    this.media?.plays.abandon();
    this.transferring.failed(errors.transferImpossible('it has ended'));
  }
}
