import type { OpenAiRealtimeConfig } from './openai-realtime.config.js';

/**
 * Where text is asked for; null: nowhere. A key goes to nobody but its vendor, so OpenAI's address is taken by itself only where
 * the voices are OpenAI's, and in the same region.
 */
export function textAddress({ apiKey, textUrl, url }: OpenAiRealtimeConfig): string | null {
  if (apiKey === '') return null;
  if (textUrl !== null) return textUrl;
  const { host, hostname } = new URL(url);
  return hostname.endsWith('.openai.com') ? `https://${host}/v1/chat/completions` : null;
}
