import { randomUUID } from 'node:crypto';
import type { Clock } from '#libs/contracts';
import type { LineRecord } from '../call/line-record.js';
import { type AudioCodesCallOptions, applyParameters, type SessionParameters } from './audiocodes-options.js';
import { type BotActivity, type BotMessage, readActivities } from './bot-messages.js';

/** What the bot may order by an activity, as far as it changes the call. */
export interface ActivityListener {
  onHangup(reason: string): void;
  onTransfer(target: string): void;
  onAbortPrompts(): void;
}

/** Orders that a real platform carries out and the simulator takes note of. */
const OTHER_EVENTS = [
  'config',
  'playUrl',
  'sendMetaData',
  'startRecognition',
  'stopRecognition',
  'startCallRecording',
  'stopCallRecording',
  'pauseCallRecording',
  'resumeCallRecording',
  'expectAnotherBotMessage',
];

/** The `activities` messages, both ways. */
export class Activities {
  constructor(
    private readonly options: AudioCodesCallOptions,
    private readonly parameters: SessionParameters,
    private readonly record: LineRecord,
    private readonly clock: Clock,
    private readonly send: (message: object) => void,
  ) {}

  /** The call's metadata; the bot greets on it. */
  sendStart(conversationId: string): void {
    const {
      bareStart,
      caller = '+15550100',
      callee = '+15550199',
      participants,
      startParameters,
    } = this.options;
    if (bareStart) {
      this.sendEvent('start');
      return;
    }
    const parameters = {
      vaigConversationId: conversationId,
      caller,
      callerHost: 'sip.example.net',
      callerDisplayName: 'Simulated Caller',
      callee,
      calleeHost: '192.0.2.10',
      locale: 'en-US',
      ...(participants && {
        participants: participants.map((participant) => ({ participant, uriUser: caller })),
      }),
      ...startParameters,
    };
    this.sendEvent('start', { parameters });
  }

  sendKeys(keys: string): void {
    this.sendEvent(this.options.dtmfName ?? 'DTMF', { value: keys });
  }

  /** Sent only if the bot's settings ask for events of this name. */
  tell(name: string): void {
    if (this.parameters.sendEventsToBot.includes(name)) this.sendEvent(name);
  }

  /** Carries out a message's activities in order. */
  receive(message: BotMessage, listener: ActivityListener): void {
    for (const activity of readActivities(message, this.record.breaches)) {
      if (!activity.hasIdAndTime) this.record.note('Activities come without id and timestamp.');
      applyParameters(this.parameters, activity.sessionParams);
      if (activity.type === 'event') this.obey(activity, listener);
      else this.record.breaches.add('TEXT_FOR_AUDIO', 'a text message in a call that expects audio messages');
    }
  }

  private obey({ name, activityParams }: BotActivity, listener: ActivityListener): void {
    this.record.event(`bot: ${name}`);
    if (name === 'hangup') listener.onHangup(String(activityParams.hangupReason ?? 'the bot hung up'));
    else if (name === 'transfer' || name === 'handover') this.transfer(activityParams, listener);
    else if (name === 'abortPrompts') listener.onAbortPrompts();
    else if (name === 'sendDtmf') this.sendKeysOn(activityParams);
    else if (!OTHER_EVENTS.includes(name) && !name.startsWith('speakerVerification')) {
      this.record.note(`The platform knows no event "${name}".`);
    }
  }

  private transfer(parameters: Readonly<Record<string, unknown>>, listener: ActivityListener): void {
    const target = parameters.transferTarget;
    if (typeof target !== 'string' || target === '') {
      this.record.breaches.add('TRANSFER_TARGET_MISSING', 'a transfer without transferTarget');
    }
    const { transferResult, transferRingsMs = 0 } = this.options;
    const outcome = parameters.transferNotifications === true ? transferResult : undefined;
    if (outcome === 'none') return;
    const over = () => {
      if (outcome !== undefined) this.tellTransfer(outcome);
      if (outcome !== 'failed') listener.onTransfer(String(target));
    };
    if (transferRingsMs === 0) over();
    else this.clock.after(transferRingsMs, over);
  }

  private tellTransfer(status: 'answered' | 'failed'): void {
    const why = status === 'failed' ? { reasonCode: 'busy', reason: 'SIP ;cause=486' } : {};
    this.sendEvent('transferStatus', { value: { status, ...why } });
  }

  /** The parameter's name as AudioCodes documents it. */
  private sendKeysOn({ dtmfDigits }: Readonly<Record<string, unknown>>): void {
    if (typeof dtmfDigits === 'string' && /^[0-9*#]{1,20}$/.test(dtmfDigits)) {
      this.record.event(`bot sends keys ${dtmfDigits}`);
    } else this.record.breaches.add('DTMF_DIGITS', 'sendDtmf without 1 to 20 of 0-9, * and # in dtmfDigits');
  }

  private sendEvent(name: string, more: object = {}): void {
    const stamp = { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US' };
    this.send({ type: 'activities', activities: [{ ...stamp, type: 'event', name, ...more }] });
  }
}
