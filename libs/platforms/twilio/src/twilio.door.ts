import type { IncomingMessage } from 'node:http';
import {
  type GatewaySite,
  isDirectLoopback,
  type UpgradeRejectReason,
  type UpgradeRequest,
} from '#libs/contracts';
import type { TwilioConfig } from './twilio.config.js';
import { type FormValues, isSignedBy, signedStreamUrls, signedWebhookUrls } from './twilio.signature.js';
import { TwilioUrls } from './twilio.urls.js';
import type { Webhook } from './twilio.webhook.js';

export interface Refusal {
  readonly reason: UpgradeRejectReason;
  /** For the operator's log. */
  readonly advice: string;
}

const LOOPBACK_ONLY: Refusal = {
  reason: 'loopback-only',
  advice: 'TWILIO_AUTH_TOKEN is not set, so only direct connections from this machine are let in. Set it.',
};
const NO_PUBLIC_URL: Refusal = {
  reason: 'bad-credentials',
  advice:
    'Signatures cannot be checked: set PUBLIC_URL to the origin that Twilio uses (https://voice.example.com).',
};
const NO_PLAIN_FORM: Refusal = {
  reason: 'malformed',
  advice: 'The body is not a form of plain names and values, as Twilio sends it.',
};
const NOT_SIGNED: Refusal = {
  reason: 'no-credentials',
  advice:
    'The request has no X-Twilio-Signature. Twilio signs everything it sends; a proxy may have removed it.',
};
const BADLY_SIGNED: Refusal = {
  reason: 'bad-credentials',
  advice:
    'X-Twilio-Signature does not verify. Compare PUBLIC_URL with the URL in the Twilio console, letter by letter, and TWILIO_AUTH_TOKEN with the primary Auth Token of the account that owns the number.',
};

/** Who may come in: whoever holds Twilio's signature, or, until a token is set, this machine alone. */
export class TwilioDoor {
  private readonly authTokens: readonly string[];
  private readonly urls: TwilioUrls | null;

  constructor(config: TwilioConfig, site: GatewaySite) {
    const { authToken, secondaryAuthToken } = config;
    this.authTokens = authToken === '' ? [] : [authToken, secondaryAuthToken].filter((token) => token !== '');
    this.urls = site.publicUrl === null ? null : new TwilioUrls(site.publicUrl);
  }

  /** Null: come in. */
  refuseWebhook(webhook: Webhook): Refusal | null {
    if (webhook.form === null) return NO_PLAIN_FORM;
    const { originalUrl } = webhook.request;
    return this.refuse(webhook.request, webhook.form, (urls) => signedWebhookUrls(urls.webhook(originalUrl)));
  }

  /** Null: come in. */
  refuseStream(upgrade: UpgradeRequest): Refusal | null {
    const path = upgrade.path.replace(/\/+$/, '');
    return this.refuse(upgrade.request, {}, (urls) => signedStreamUrls(urls.socket(path)));
  }

  private refuse(
    request: IncomingMessage,
    form: FormValues,
    signedUrls: (urls: TwilioUrls) => readonly string[],
  ): Refusal | null {
    if (this.authTokens.length === 0) return isDirectLoopback(request) ? null : LOOPBACK_ONLY;
    if (this.urls === null) return NO_PUBLIC_URL;
    const signature = request.headers['x-twilio-signature'];
    if (typeof signature !== 'string' || signature === '') return NOT_SIGNED;
    return isSignedBy(signature, this.authTokens, signedUrls(this.urls), form) ? null : BADLY_SIGNED;
  }
}
