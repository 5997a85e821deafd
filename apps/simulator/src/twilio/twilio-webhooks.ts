import { randomUUID } from 'node:crypto';
import type { Route, TwilioCallOptions } from './twilio-options.js';
import { signedUrl, twilioSignature } from './twilio-signature.js';
import { TwimlFault } from './twiml.js';

/** Twilio waits this long for the whole answer. */
const ANSWER_WITHIN_MS = 15_000;
const BODY_LIMIT = 64 * 1024;

/** The requests that Twilio makes over HTTP, signed. */
export class TwilioWebhooks {
  constructor(
    private readonly options: TwilioCallOptions,
    private readonly route: Route,
  ) {}

  /** `url` is public. Returns the TwiML document. Throws TwimlFault 112xx, 11750 or 12300. */
  async fetchTwiml(
    url: string,
    method: 'GET' | 'POST',
    form: Readonly<Record<string, string>>,
  ): Promise<string> {
    const response = await this.request(url, method, form).catch((thrown: Error) => {
      const timedOut = thrown.name === 'TimeoutError';
      throw new TwimlFault(
        timedOut ? '11200' : '11205',
        timedOut ? 'the webhook took over 15 s' : reasonOf(thrown),
      );
    });
    if (!response.ok) throw new TwimlFault('11200', `the webhook answered HTTP ${response.status}`);
    const type = response.headers.get('content-type') ?? '';
    const body = await response.text();
    if (Buffer.byteLength(body) > BODY_LIMIT) throw new TwimlFault('11750', 'the answer is over 64 kB');
    if (!/^(text|application)\/xml\b/i.test(type))
      throw new TwimlFault('12300', `the content type is "${type}"`);
    return body;
  }

  /** A callback whose answer means nothing. Returns null when it was taken, otherwise what was wrong. */
  async notify(
    url: string,
    method: 'GET' | 'POST',
    form: Readonly<Record<string, string>>,
  ): Promise<string | null> {
    try {
      const response = await this.request(url, method, form);
      await response.arrayBuffer();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch (thrown) {
      return reasonOf(thrown as Error);
    }
  }

  private request(
    url: string,
    method: 'GET' | 'POST',
    form: Readonly<Record<string, string>>,
  ): Promise<Response> {
    const query = new URLSearchParams(form).toString();
    const target = method === 'GET' ? `${url}${url.includes('?') ? '&' : '?'}${query}` : url;
    const headers: Record<string, string> = {
      'user-agent': 'TwilioProxy/1.1',
      accept: '*/*',
      'i-twilio-idempotency-token': randomUUID(),
    };
    const signature = this.signature(target, method === 'GET' ? {} : form);
    if (signature !== null) headers['x-twilio-signature'] = signature;
    if (method === 'POST') headers['content-type'] = 'application/x-www-form-urlencoded; charset=UTF-8';
    return fetch(this.route.localOf(target), {
      method,
      headers,
      body: method === 'POST' ? query : undefined,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  }

  private signature(url: string, form: Readonly<Record<string, string>>): string | null {
    const { authToken, webhookSignature = 'good' } = this.options;
    if (!authToken || webhookSignature === 'none') return null;
    const key = webhookSignature === 'wrong-token' ? `${authToken}x` : authToken;
    return twilioSignature(key, signedUrl(url), form);
  }
}

function reasonOf(thrown: Error): string {
  const cause = thrown.cause instanceof Error ? thrown.cause : thrown;
  return `the request failed: ${cause.message || cause.name}`;
}
