import type { CallerNews, EndReason } from '#libs/contracts';
import type { AudioCodesConfig } from './audiocodes.config.js';
import type { MediaFormatName } from './audiocodes.formats.js';
import {
  activity,
  type BotEvent,
  CONNECTION_VALIDATED,
  sessionAccepted,
  sessionError,
  speechNews,
  userStreamAnswer,
} from './audiocodes.messages.js';
import type { Conversation } from './conversation.js';

/** The part of a `ws` socket that words need. */
interface WordSocket {
  send(text: string): void;
}

/** Everything but sound that is said to VoiceAI Connect on one socket, in the wording that the configuration asks for. */
export class Outbox {
  private callerSpeaks = false;

  constructor(
    private readonly socket: WordSocket,
    private readonly conversation: Conversation,
    private readonly config: AudioCodesConfig,
  ) {}

  accepted(mediaFormat: MediaFormatName): void {
    this.socket.send(sessionAccepted(mediaFormat));
  }

  /** Refuses the conversation, or ends it at any later moment. */
  refused(reason: string): void {
    this.socket.send(sessionError(reason, this.conversation.id));
  }

  validated(): void {
    this.socket.send(CONNECTION_VALIDATED);
  }

  userStream(answer: 'started' | 'stopped', participant: string | null): void {
    this.socket.send(userStreamAnswer(answer, participant));
  }

  /** The bot's wishes for the whole call, said once in it and only if they are configured. */
  wishes(): void {
    if (!this.config.requestBargeIn || this.conversation.configured) return;
    this.conversation.configured = true;
    const { sendEventsToBot } = this.config;
    this.tell({ name: 'config', sessionParams: { bargeIn: true, sendDTMF: true, sendEventsToBot } });
  }

  /** What is queued of the agent's sound at the far side is not to be played, where the far side is to be told so. */
  abortPrompts(): void {
    if (this.config.abortPromptsOnBargeIn) this.tell({ name: 'abortPrompts' });
  }

  /**
   * `participant`: of whom the news is. Undefined while the call is not up: then nothing is said, but what the news means for
   * later ones is kept.
   */
  understood(news: CallerNews, participant: string | null | undefined): void {
    if (news.kind !== 'hypothesis') this.callerSpeaks = news.kind === 'speech-started';
    if (participant === undefined || ('text' in news && news.text === '')) return;
    // AudioCodes takes a hypothesis for a caller who speaks now, and silences the agent. Transcripts that come after the
    // turn, when the answer is on its way already, must not interrupt it; their final form is no danger.
    if (news.kind === 'hypothesis' && !this.callerSpeaks) return;
    this.socket.send(speechNews(news, participant, this.config.participantField));
  }

  transfer(transferTarget: string): void {
    const transferNotifications = this.config.transferNotifications || undefined;
    this.tell({ name: 'transfer', activityParams: { transferTarget, transferNotifications } });
  }

  keys(digits: string): void {
    this.tell({ name: 'sendDtmf', activityParams: { [this.config.dtmfField]: digits } });
  }

  hangUp(reason: EndReason): void {
    this.tell({ name: 'hangup', activityParams: { hangupReason: reason } });
  }

  private tell(event: BotEvent): void {
    this.socket.send(activity(event, new Date()));
  }
}
