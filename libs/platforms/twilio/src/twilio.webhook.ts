import type { IncomingMessage } from 'node:http';
import type { FormValues } from './twilio.signature.js';

/** A request as Nest hands it on, its form parsed into strings and nothing trimmed. */
export interface WebhookRequest extends IncomingMessage {
  /** Path and query as requested. */
  readonly originalUrl: string;
  /** What it was matched with, `:token` in place of what stands there. */
  readonly route: { readonly path: string };
  readonly body?: unknown;
}

/** A request of Twilio's. Parameters come as a form, or in the query where the operator chose GET. */
export class Webhook {
  /** What the signature covers beside the URL. Null when the body is no form of plain values. */
  readonly form: FormValues | null;
  private readonly search: URLSearchParams;

  constructor(readonly request: WebhookRequest) {
    this.form = request.method === 'POST' ? formOf(request) : {};
    this.search = new URLSearchParams(request.originalUrl.split('?').slice(1).join('?'));
  }

  /** One of Twilio's own parameters; null when it is absent. Of a repeated one the first counts. */
  value(name: string): string | null {
    if (this.request.method !== 'POST') return this.search.get(name);
    const value = this.form !== null && Object.hasOwn(this.form, name) ? this.form[name]! : null;
    return typeof value === 'string' || value === null ? value : (value[0] ?? null);
  }

  /** What the operator wrote behind the webhook's URL; it is passed on to the call. Not told apart in a GET. */
  get operatorParameters(): Readonly<Record<string, string>> {
    return this.request.method === 'POST' ? this.query : {};
  }

  /** What stands behind the URL; in a GET that is Twilio's parameters too. */
  get query(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.search);
  }
}

function formOf(request: WebhookRequest): FormValues | null {
  if (!(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')) return {};
  if (typeof request.body !== 'object' || request.body === null) return {};
  const values = Object.values(request.body);
  const plain = values.every(
    (value) =>
      typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  );
  return plain ? (request.body as FormValues) : null;
}
