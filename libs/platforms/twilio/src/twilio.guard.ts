import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
} from '@nestjs/common';
import { type EventRouter, GATEWAY_EVENTS, LOG, type Log } from '#libs/contracts';
import { TwilioDoor } from './twilio.door.js';
import { Webhook, type WebhookRequest } from './twilio.webhook.js';

/** Lets in webhooks that carry Twilio's signature; as long as no token is set, those of this machine alone. */
@Injectable()
export class TwilioGuard implements CanActivate {
  constructor(
    private readonly door: TwilioDoor,
    @Inject(GATEWAY_EVENTS) private readonly events: Pick<EventRouter, 'publish'>,
    @Inject(LOG) private readonly log: Log,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<WebhookRequest>();
    // The pattern, since the path as sent may hold a token, or anything else that somebody who is not let in has written.
    const path = request.route.path;
    const refusal = this.door.refuseWebhook(new Webhook(request));
    if (refusal === null) return true;
    this.events.publish('upgrade.rejected', { reason: refusal.reason, path });
    this.log.warn({ platform: 'twilio', reason: refusal.reason, path }, `Webhook refused. ${refusal.advice}`);
    throw new ForbiddenException(refusal.reason);
  }
}
