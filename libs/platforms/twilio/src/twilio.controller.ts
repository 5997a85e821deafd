import {
  All,
  BadRequestException,
  Controller,
  Header,
  HttpCode,
  Inject,
  Req,
  UseGuards,
} from '@nestjs/common';
import {
  CALL_INTAKE,
  type CallIntake,
  type EventRouter,
  GATEWAY_EVENTS,
  GATEWAY_SITE,
  type GatewaySite,
  LOG,
  type Log,
} from '#libs/contracts';
import { streamFailedAtTwilio } from './errors.js';
import { TwilioConfig } from './twilio.config.js';
import { Farewells } from './twilio.farewells.js';
import { TwilioGuard } from './twilio.guard.js';
import { announcedInfo, PLATFORM } from './twilio.leg-info.js';
import { type AnnouncedCall, StreamTokens } from './twilio.tokens.js';
import { apologyTwiml, connectTwiml, hangUpTwiml } from './twilio.twiml.js';
import { AFTER_STREAM_PATH, STATUS_PATH, STREAM_PATH, TwilioUrls } from './twilio.urls.js';
import { Webhook, type WebhookRequest } from './twilio.webhook.js';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);

/** Twilio's webhooks. They come by POST, or by GET where the operator chose so. */
@Controller('twilio')
@UseGuards(TwilioGuard)
export class TwilioController {
  constructor(
    private readonly config: TwilioConfig,
    private readonly tokens: StreamTokens,
    private readonly farewells: Farewells,
    @Inject(CALL_INTAKE) private readonly intake: CallIntake,
    @Inject(GATEWAY_SITE) private readonly site: GatewaySite,
    @Inject(GATEWAY_EVENTS) private readonly events: Pick<EventRouter, 'publish'>,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** A call comes in: the AI is opened now, and Twilio is told where to bring the sound. */
  @All('voice')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml')
  voice(@Req() request: WebhookRequest): string {
    const webhook = new Webhook(request);
    const call: AnnouncedCall = {
      callSid: required(webhook, 'CallSid'),
      accountSid: required(webhook, 'AccountSid'),
      direction: webhook.value('Direction')?.startsWith('outbound') ? 'outbound' : 'inbound',
      from: webhook.value('From'),
      to: webhook.value('To'),
    };
    const parameters = webhook.operatorParameters;
    const info = announcedInfo(call, parameters);
    if (!this.intake.announce({ info, expiresInMs: this.config.tokenTtlMs })) {
      this.log.warn(
        { platform: PLATFORM, callSid: call.callSid },
        'A call was turned away: full or draining.',
      );
      return apologyTwiml(this.config.busyMessage, this.config);
    }
    const urls = new TwilioUrls(this.site.publicUrl ?? `http://${request.headers.host}`);
    return connectTwiml({
      streamUrl: urls.socket(`${STREAM_PATH}/${this.tokens.issue(call)}`),
      statusUrl: urls.webhook(STATUS_PATH),
      afterStreamUrl: urls.webhook(AFTER_STREAM_PATH),
      parameters: {
        ...parameters,
        ...(call.from === null ? {} : { from: call.from }),
        ...(call.to === null ? {} : { to: call.to }),
      },
    });
  }

  /** The stream is over and the caller is still there. */
  @All('voice/after-stream')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml')
  afterStream(@Req() request: WebhookRequest): string {
    const callSid = required(new Webhook(request), 'CallSid');
    if (this.farewells.wasSaid(callSid)) return hangUpTwiml();
    this.log.warn(
      { platform: PLATFORM, callSid },
      'The stream ended without a goodbye: the caller hears the fall-back.',
    );
    return apologyTwiml(this.config.fallbackMessage, this.config);
  }

  /** How a call or a stream fares. Such reports come late, twice and out of order; none of that does harm. */
  @All('status')
  @HttpCode(204)
  status(@Req() request: WebhookRequest): void {
    const webhook = new Webhook(request);
    const callSid = required(webhook, 'CallSid');
    const streamEvent = webhook.value('StreamEvent');
    const callStatus = webhook.value('CallStatus');
    this.log.debug({ platform: PLATFORM, callSid, streamEvent, callStatus }, 'Status callback.');
    if (streamEvent === 'stream-error') {
      const error = streamFailedAtTwilio(webhook.value('StreamError') ?? 'no reason given');
      this.log.error({ platform: PLATFORM, callSid, code: error.code }, error.message);
      this.events.publish('platform.failed', { platform: PLATFORM, code: error.code, fatal: false });
      this.intake.withdraw(PLATFORM, callSid);
    } else if (callStatus !== null && TERMINAL.has(callStatus)) {
      this.intake.withdraw(PLATFORM, callSid);
    }
  }
}

function required(webhook: Webhook, name: string): string {
  const value = webhook.value(name);
  if (value === null || value === '') throw new BadRequestException(`${name} is missing.`);
  return value;
}
