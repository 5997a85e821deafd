import {
  All,
  BadRequestException,
  Controller,
  Header,
  HttpCode,
  Param,
  Req,
  UseGuards,
} from '@nestjs/common';
import { TwilioConfig } from './twilio.config.js';
import { TwilioGuard } from './twilio.guard.js';
import { required } from './twilio.required.dto.js';
import { TwilioServices } from './twilio.services.js';
import { StreamInvitations } from './twilio.stream-invitations.js';
import { apologyTwiml, hangUpTwiml } from './twilio.twiml.js';
import { Webhook, type WebhookRequest } from './twilio.webhook.js';

/** What Twilio tells and asks about calls that were dialled, handed on, recorded, or go on in turns. */
@Controller('twilio')
@UseGuards(TwilioGuard)
export class TwilioCallsController {
  constructor(
    private readonly config: TwilioConfig,
    private readonly services: TwilioServices,
    private readonly invitations: StreamInvitations,
  ) {}

  /** Who has answered a call of ours, found out beside the call. */
  @All('amd')
  @HttpCode(204)
  detected(@Req() request: WebhookRequest): void {
    const webhook = new Webhook(request);
    const callSid = required(webhook, 'CallSid');
    const answeredBy = required(webhook, 'AnsweredBy');
    const tookMs = Number(webhook.value('MachineDetectionDuration') ?? 0);
    const { order = '' } = webhook.query;
    this.services.dialler
      ?.identify(order, callSid)
      ?.detected(answeredBy, Number.isFinite(tookMs) ? tookMs : 0);
  }

  /** Twilio has its answer when it is noted that the file is to be fetched; it is fetched behind that. */
  @All('recording')
  @HttpCode(204)
  async recorded(@Req() request: WebhookRequest): Promise<void> {
    const webhook = new Webhook(request);
    await this.services.recordings?.arrived({
      callSid: required(webhook, 'CallSid'),
      recordingSid: required(webhook, 'RecordingSid'),
      status: required(webhook, 'RecordingStatus'),
      channels: Number(webhook.value('RecordingChannels') ?? 1),
      keep: webhook.query.keep,
    });
  }

  /** The party that a caller is handed on to has answered. */
  @All('transfer/:token/party')
  @HttpCode(204)
  partyAnswered(@Param('token') token: string, @Req() request: WebhookRequest): void {
    if (new Webhook(request).value('CallStatus') === 'in-progress') this.services.transfers?.answered(token);
  }

  /** The `<Dial>` is over: the other party has gone, or was never there. */
  @All('transfer/:token')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml')
  transferOver(@Param('token') token: string, @Req() request: WebhookRequest): string {
    const webhook = new Webhook(request);
    const callSid = required(webhook, 'CallSid');
    const dialStatus = required(webhook, 'DialCallStatus');
    const after = this.services.transfers?.finished(token, dialStatus, webhook.value('CallStatus') ?? '');
    if (after?.do === 'hang-up') return hangUpTwiml();
    if (after?.do !== 'come-back') return apologyTwiml(this.config.fallbackMessage, this.config);
    const { direction, from, to } = after.leg.info;
    const accountSid = required(webhook, 'AccountSid');
    return this.invitations.twiml({ callSid, accountSid, direction, from, to, back: after.leg }, {}, request);
  }

  /** One turn of a conversation by text. Both words and keys are what the caller said. */
  @All('turn/:token')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml')
  turn(@Param('token') token: string, @Req() request: WebhookRequest): Promise<string> {
    const webhook = new Webhook(request);
    const n = Number(webhook.query.n);
    if (!Number.isInteger(n) || n < 0) throw new BadRequestException('n is no number.');
    const said = [webhook.value('SpeechResult'), webhook.value('Digits')].find((text) => text?.trim());
    return this.services.turns.turn(token, n, said ?? null);
  }
}
