import { All, Controller, Header, HttpCode, Inject, Req, UseGuards } from '@nestjs/common';
import {
  asGatewayError,
  CALL_INTAKE,
  type CallIntake,
  type EndReason,
  type EventRouter,
  GATEWAY_EVENTS,
  LOG,
  type Log,
} from '#libs/contracts';
import { streamFailedAtTwilio } from './errors.js';
import { TwilioConfig } from './twilio.config.js';
import { Farewells } from './twilio.farewells.js';
import { TwilioGuard } from './twilio.guard.js';
import { announcedInfo, PLATFORM } from './twilio.leg-info.js';
import { required } from './twilio.required.dto.js';
import { TwilioServices } from './twilio.services.js';
import { StreamInvitations } from './twilio.stream-invitations.js';
import type { AnnouncedCall } from './twilio.tokens.js';
import { apologyTwiml, hangUpTwiml } from './twilio.twiml.js';
import { Webhook, type WebhookRequest } from './twilio.webhook.js';

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'busy', 'failed', 'no-answer', 'canceled']);
/** Names of what the gateway itself reads behind its webhooks' URLs. */
const OWN_PARAMETERS = ['order', 'agent'];

/** Twilio's webhooks. They come by POST, or by GET where the operator chose so. */
@Controller('twilio')
@UseGuards(TwilioGuard)
export class TwilioController {
  constructor(
    private readonly config: TwilioConfig,
    private readonly invitations: StreamInvitations,
    private readonly farewells: Farewells,
    private readonly services: TwilioServices,
    @Inject(CALL_INTAKE) private readonly intake: CallIntake,
    @Inject(GATEWAY_EVENTS) private readonly events: Pick<EventRouter, 'publish'>,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** A call comes in: the AI is opened now, and Twilio is told where to bring the sound. */
  @All('voice')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml')
  voice(@Req() request: WebhookRequest): string {
    const webhook = new Webhook(request);
    const callSid = required(webhook, 'CallSid');
    const { order: orderId, agent } = webhook.query;
    const order =
      orderId === undefined ? undefined : this.services.dialler?.identify(orderId, callSid)?.order;
    if (orderId !== undefined && order === undefined) {
      this.log.warn({ platform: PLATFORM, callSid, orderId }, 'A call came whose order is not known here.');
      return apologyTwiml(this.config.fallbackMessage, this.config);
    }
    const call: AnnouncedCall = {
      callSid,
      accountSid: required(webhook, 'AccountSid'),
      direction: webhook.value('Direction')?.startsWith('outbound') ? 'outbound' : 'inbound',
      from: webhook.value('From'),
      to: webhook.value('To'),
      ...(order !== undefined && { order }),
      ...(agent !== undefined && { agent }),
    };
    const parameters = without(webhook.operatorParameters, OWN_PARAMETERS);
    const info = announcedInfo(call, parameters, this.services.capabilities);
    try {
      const onOver = (reason: EndReason) => this.overBeforeStream(callSid, reason);
      if (!this.intake.announce({ info, expiresInMs: this.config.tokenTtlMs, onOver })) {
        this.log.warn({ platform: PLATFORM, callSid }, 'A call was turned away: full or draining.');
        return apologyTwiml(this.config.busyMessage, this.config);
      }
    } catch (thrown) {
      // No line is busy: until somebody sets something right, no such call can be taken.
      const error = asGatewayError(thrown, 'TWILIO_CALL_NOT_TAKEN', 'The call could not be begun');
      const { code, message: reason, advice } = error;
      this.log.error({ platform: PLATFORM, callSid, code, reason, advice }, 'A call could not be taken.');
      this.events.publish('platform.failed', { platform: PLATFORM, code, fatal: true });
      return apologyTwiml(this.config.fallbackMessage, this.config);
    }
    return this.invitations.twiml(call, parameters, request);
  }

  /** The stream is over and the caller is still there. */
  @All('voice/after-stream')
  @HttpCode(200)
  @Header('Content-Type', 'text/xml')
  async afterStream(@Req() request: WebhookRequest): Promise<string> {
    const callSid = required(new Webhook(request), 'CallSid');
    const turns = this.services.turns.opening(callSid);
    if (turns !== null) return turns;
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
    this.tellOrder(webhook, callSid, callStatus);
    if (streamEvent === 'stream-error') {
      const error = streamFailedAtTwilio(webhook.value('StreamError') ?? 'no reason given');
      this.log.error({ platform: PLATFORM, callSid, code: error.code }, error.message);
      this.events.publish('platform.failed', { platform: PLATFORM, code: error.code, fatal: false });
      this.intake.withdraw(PLATFORM, callSid);
    } else if (callStatus !== null && TERMINAL.has(callStatus)) {
      this.intake.withdraw(PLATFORM, callSid);
      this.services.callOver(callSid);
    }
  }

  /** What a leg does for a call that has its stream: whoever was let go on purpose hears no apology, and the line is let go. */
  private overBeforeStream(callSid: string, reason: EndReason): void {
    this.farewells.note(callSid, reason);
    if (this.farewells.wasSaid(callSid)) this.services.hangUp(callSid);
  }

  private tellOrder(webhook: Webhook, callSid: string, callStatus: string | null): void {
    const { order } = webhook.query;
    if (order === undefined) return;
    const call = this.services.dialler?.identify(order, callSid);
    const answeredBy = webhook.value('AnsweredBy');
    if (answeredBy !== null && answeredBy !== '') call?.detected(answeredBy, 0);
    if (callStatus !== null) call?.status(callStatus, webhook.value('SipResponseCode'));
  }
}

function without(
  values: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
