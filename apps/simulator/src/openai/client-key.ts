import type { IncomingMessage } from 'node:http';
import { bearerToken, sameSecret } from '#libs/contracts';

const KEY_PROTOCOL = 'openai-insecure-api-key.';

/** Does the client bring the one key there is, or any where there is none? */
export function bringsKey(request: IncomingMessage, apiKey: string | undefined): boolean {
  const key = keyOf(request);
  return key !== null && (apiKey === undefined || sameSecret(key, apiKey));
}

/** From `Authorization`, from Azure's `api-key`, or from the subprotocols that browsers use. */
function keyOf(request: IncomingMessage): string | null {
  const bearer = bearerToken(request);
  if (bearer !== null) return bearer;
  const azure = request.headers['api-key'];
  if (typeof azure === 'string' && azure !== '') return azure;
  const protocols = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((protocol) => protocol.trim());
  return protocols.find((protocol) => protocol.startsWith(KEY_PROTOCOL))?.slice(KEY_PROTOCOL.length) ?? null;
}
