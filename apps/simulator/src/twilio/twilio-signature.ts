import { createHmac } from 'node:crypto';

/**
 * Which form of a URL Twilio signs for voice: credentials are dropped, over HTTPS the port too, the fragment always.
 * A stream's `wss` URL is signed as it stands in the TwiML.
 */
export function signedUrl(url: string): string {
  if (url.startsWith('wss:') || url.startsWith('ws:')) return url.replace(/^ws:/, 'wss:');
  const withoutFragment = url.split('#')[0]!.replace(/^(https?:\/\/)[^/@]*@/, '$1');
  return withoutFragment.startsWith('https:')
    ? withoutFragment.replace(/^(https:\/\/[^/:]+):\d+/, '$1')
    : withoutFragment;
}

/** `base64(HMAC-SHA1(token, url + sorted names and values))`, Twilio's request signature. */
export function twilioSignature(
  authToken: string,
  url: string,
  form: Readonly<Record<string, string>> = {},
): string {
  // Byte order, not the order of the reader's language.
  const names = Object.keys(form).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const signed = names.reduce((text, name) => text + name + form[name], url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}

/** How the handshake of the stream is signed: as Twilio does it, or one of the ways in which it must not be accepted. */
export type SignatureVariant = 'good' | 'none' | 'wrong-token' | 'https-form' | 'trailing-slash';

export function handshakeSignature(variant: SignatureVariant, authToken: string, url: string): string | null {
  const signed = signedUrl(url);
  switch (variant) {
    case 'good':
      return twilioSignature(authToken, signed);
    case 'none':
      return null;
    case 'wrong-token':
      return twilioSignature(`${authToken}x`, signed);
    case 'https-form':
      return twilioSignature(authToken, signed.replace(/^wss:/, 'https:'));
    case 'trailing-slash':
      return twilioSignature(authToken, `${signed}/`);
  }
}
