import type { GatewaySite } from '#libs/contracts';
import type { AnnouncedCall, StreamTokens } from './twilio.tokens.js';
import { connectTwiml } from './twilio.twiml.js';
import { AFTER_STREAM_PATH, STATUS_PATH, STREAM_PATH, TwilioUrls } from './twilio.urls.js';
import type { WebhookRequest } from './twilio.webhook.js';

/** Documents that connect a call with a stream of its own. */
export class StreamInvitations {
  constructor(
    private readonly site: GatewaySite,
    private readonly tokens: StreamTokens,
  ) {}

  /** `request` tells the origin where PUBLIC_URL does not. */
  twiml(call: AnnouncedCall, parameters: Readonly<Record<string, string>>, request: WebhookRequest): string {
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
}
