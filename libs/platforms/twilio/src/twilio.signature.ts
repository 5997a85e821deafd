import { createHmac } from 'node:crypto';
import { sameSecret } from '#libs/contracts';

export type FormValues = Readonly<Record<string, string | readonly string[]>>;

/**
 * X-Twilio-Signature as Twilio computes it: base64 of HMAC-SHA1, keyed with the Auth Token, over the URL followed by every
 * form parameter as name and decoded value, sorted by name in byte order. A repeated parameter counts once per distinct value.
 */
export function twilioSignature(authToken: string, url: string, form: FormValues = {}): string {
  const hmac = createHmac('sha1', authToken).update(url);
  for (const name of Object.keys(form).sort()) {
    const value = form[name]!;
    if (typeof value === 'string') hmac.update(name + value);
    else for (const one of [...new Set(value)].sort()) hmac.update(name + one);
  }
  return hmac.digest('base64');
}

/** Is it the signature of one of these URLs by one of these tokens? In constant time for each pair. */
export function isSignedBy(
  signature: string,
  authTokens: readonly string[],
  urls: readonly string[],
  form: FormValues = {},
): boolean {
  return authTokens.some((token) =>
    urls.some((url) => sameSecret(signature, twilioSignature(token, url, form))),
  );
}

/** Twilio leaves the port out of what it signs for voice webhooks over HTTPS, and keeps it over HTTP. */
export function signedWebhookUrls(url: string): readonly string[] {
  const withoutPort = url.replace(/^(https:\/\/[^/?#]*?):\d+(?=[/?#]|$)/i, '$1');
  return withoutPort === url ? [url] : [withoutPort, url];
}

/**
 * A stream's handshake is signed over the wss URL as the TwiML gives it. Twilio's documentation advises to try a slash at the
 * end too; nothing else is accepted, the https form least of all.
 */
export function signedStreamUrls(url: string): readonly string[] {
  return [url, `${url}/`];
}
