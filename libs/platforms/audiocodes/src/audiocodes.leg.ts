import type { WebSocket } from 'ws';
import {
  type AudioFrame,
  type CallerNews,
  type Cancel,
  type Clock,
  type EndReason,
  type GatewayError,
  type LegFormats,
  type LegInfo,
  type LegListener,
  type Log,
  type PlatformLeg,
} from '#libs/contracts';
import type { AudioCodesConfig } from './audiocodes.config.js';
import { detailsOfStart } from './call-details.js';
import { type CallMedia, callMedia } from './call-media.js';
import type { Conversation } from './conversation.js';
import { endReason } from './end-reason.js';
import { errors } from './errors.js';
import { Inbox } from './inbox.js';
import { KeySender } from './key-sender.js';
import { Outbox } from './outbox.js';

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
  private readonly keys: KeySender;
  private state: 'offered' | 'accepted' | 'leaving' | 'lost' | 'over' = 'offered';
  private listener: LegListener | null = null;
  /** Null until the call is accepted. */
  private media: CallMedia | null = null;
  private ready = false;
  /** Of the phases that have a time limit there is one at a time. */
  private cancelLimit: Cancel | null = null;
  private readonly outbox: Outbox;
  private readonly inbox: Inbox;
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
    this.outbox = new Outbox(client, conversation, this.config);
    this.keys = new KeySender(this.clock, (digits) => this.outbox.keys(digits));
    this.inbox = new Inbox(conversation, this.outbox, {
      onStart: (parameters) => this.onStart(parameters),
      onDigit: (digit) => this.listener?.onDtmf(digit),
      onPlayFinished: (streamId) => {
        if (this.running?.plays.playedOut(streamId)) this.listener?.onPlaybackFinished();
      },
      onTransferStatus: (value) => this.conversation.transfer.status(value),
      onSessionEnd: (reasonCode) => this.onSessionEnd(reasonCode),
      onFault: (error) => this.listener?.onFault(error),
      onTooMuch: (error) => this.fail(error, 'protocol-error'),
    });
  }

  /** The call took the leg. */
  attach(listener: LegListener): void {
    this.listener = listener;
    this.conversation.dropLeg = () => this.drop();
    this.client.on('message', (data) => this.inbox.receive(data));
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
      openAlready: this.resumed || this.inbox.streamWasStarted,
      onCallerAudio: (frame) => this.listener?.onCallerAudio(frame),
      onFault: (error) => this.listener?.onFault(error),
    });
    if (this.media === null) {
      this.fail(errors.formatNotOffered(formats), 'internal-error');
      return;
    }
    this.state = 'accepted';
    this.inbox.accepted(this.media);
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
    if (this.running?.plays.cut()) this.outbox.abortPrompts();
  }

  understood(news: CallerNews): void {
    this.outbox.understood(news, this.running?.caller.participant);
  }

  transfer(to: string): Promise<void> {
    const order = this.running === null ? null : (target: string) => this.outbox.transfer(target);
    return this.conversation.transfer.begin(to, this.config.transferTimeoutMs, order);
  }

  sendDtmf(digits: string): boolean {
    return this.config.nativeDtmf && this.running !== null && this.keys.send(digits);
  }

  hangUp(reason: EndReason): void {
    if (this.state === 'offered') this.refuse(reason);
    else if (this.state === 'accepted') {
      this.running?.plays.cut();
      // Who was handed on is not the bot's any more: VoiceAI Connect ends the session, and a hangup might end the caller's new call.
      if (reason !== 'transferred') this.outbox.hangUp(reason);
      this.stop('leaving');
      this.conversation.transfer.failed(errors.transferImpossible('it has ended'));
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

  private onStart(parameters: Readonly<Record<string, unknown>>): void {
    if (this.conversation.started) return;
    this.conversation.started = true;
    this.listener?.onDetails(detailsOfStart(parameters));
    this.becomeReady();
  }

  private onSessionEnd(reasonCode: unknown): void {
    const { listener } = this;
    const reason = endReason(reasonCode);
    if (reason === 'transferred') this.conversation.transfer.succeeded();
    if (reasonCode === 'error') listener?.onFault(errors.endedByError());
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
    this.outbox.wishes();
    if (this.config.fillSilence) running.caller.fillWithSilence();
    this.listener?.onReady();
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
    this.outbox.refused(reason);
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
    if (state === 'leaving') this.inbox.leaving();
    else this.inbox.close();
    this.cancelLimit?.();
    this.media?.caller.close();
    this.keys.close();
    this.media?.plays.abandon();
  }
}
