import { WebSocket } from 'ws';
import type { AiOptions } from '#libs/contracts';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024;

/** A socket that is being opened. Throws where the configuration gives no address or header that could be used. */
export function endpointSocket(config: OpenAiRealtimeConfig, call: AiOptions): WebSocket {
  return new WebSocket(endpointAddress(config), {
    headers: endpointHeaders(config, call),
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    followRedirects: false,
    // One message a turn of the event loop, so that whoever waits for the session sees it before its first event.
    allowSynchronousEvents: false,
  });
}

/** An address that names its model, or its Azure deployment, keeps it. */
function endpointAddress({ url, model }: OpenAiRealtimeConfig): string {
  const address = new URL(url);
  if (!address.searchParams.has('model')) address.searchParams.set('model', model);
  return address.href;
}

/** Never `OpenAI-Beta`: the session would be refused. */
function endpointHeaders(config: OpenAiRealtimeConfig, call: AiOptions): Record<string, string> {
  const headers = keyHeaders(config);
  if (config.safetyIdentifier && call.callerHash !== null && /^[\x21-\x7e]+$/.test(call.callerHash)) {
    headers['OpenAI-Safety-Identifier'] = call.callerHash;
  }
  return headers;
}

/** Who asks, and who is billed. */
export function keyHeaders(config: OpenAiRealtimeConfig): Record<string, string> {
  const { apiKey, apiKeyHeader, organization, project } = config;
  const headers: Record<string, string> =
    apiKeyHeader === 'api-key' ? { 'api-key': apiKey } : { Authorization: `Bearer ${apiKey}` };
  if (organization !== null) headers['OpenAI-Organization'] = organization;
  if (project !== null) headers['OpenAI-Project'] = project;
  return headers;
}
