import type { AiOptions } from '#libs/contracts';
import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

/** An address that names its model, or its Azure deployment, keeps it. */
export function endpointAddress({ url, model }: OpenAiRealtimeConfig): string {
  const address = new URL(url);
  if (!address.searchParams.has('model')) address.searchParams.set('model', model);
  return address.href;
}

/** Never `OpenAI-Beta`: the session would be refused. */
export function endpointHeaders(config: OpenAiRealtimeConfig, call: AiOptions): Record<string, string> {
  const { apiKey, apiKeyHeader, organization, project, safetyIdentifier } = config;
  const headers: Record<string, string> =
    apiKeyHeader === 'api-key' ? { 'api-key': apiKey } : { Authorization: `Bearer ${apiKey}` };
  if (organization !== null) headers['OpenAI-Organization'] = organization;
  if (project !== null) headers['OpenAI-Project'] = project;
  if (safetyIdentifier && call.callerHash !== null && /^[\x21-\x7e]+$/.test(call.callerHash)) {
    headers['OpenAI-Safety-Identifier'] = call.callerHash;
  }
  return headers;
}
