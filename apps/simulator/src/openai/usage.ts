import type { SimItem } from './items.js';
import type { Fields } from './outbox.js';

/** One token for this much sound: 10 a second of the user's, 20 a second of the assistant's. */
const USER_TOKEN_MS = 100;
const AGENT_TOKEN_MS = 50;
/** English text, roughly. */
const LETTERS_PER_TOKEN = 4;

export interface Tokens {
  readonly text: number;
  readonly audio: number;
}

export function textTokens(text: string): number {
  return Math.ceil(text.length / LETTERS_PER_TOKEN);
}

export function agentAudioTokens(ms: number): number {
  return Math.ceil(ms / AGENT_TOKEN_MS);
}

export function userAudioTokens(ms: number): number {
  return Math.ceil(ms / USER_TOKEN_MS);
}

/** What reading these items costs; each item is rounded up for itself. */
export function itemTokens(items: readonly SimItem[]): Tokens {
  let text = 0;
  let audio = 0;
  for (const item of items) {
    if (item.format === null) text += textTokens(textOf(item));
    else
      audio +=
        item.role === 'assistant' ? agentAudioTokens(item.rememberedMs) : userAudioTokens(item.rememberedMs);
  }
  return { text, audio };
}

function textOf(item: SimItem): string {
  const { content, name, arguments: given, output } = item.fields;
  if (!Array.isArray(content))
    return [name, given, output].filter((part) => typeof part === 'string').join(' ');
  return content.map((part: Fields) => part.text ?? part.transcript ?? '').join(' ');
}

/** What a response cost. What was read by the response before, and stands at the head again, is cached. */
export class UsageMeter {
  private last: { readonly key: string; readonly input: Tokens } = { key: '', input: { text: 0, audio: 0 } };

  /** `cacheKey` changes when anything but the end of the context has changed. Null: this response is not in the cache's line. */
  measure(input: Tokens, output: Tokens, cacheKey: string | null): Fields {
    const hit = cacheKey !== null && cacheKey === this.last.key;
    const cached = hit ? this.last.input : { text: 0, audio: 0 };
    if (cacheKey !== null) this.last = { key: cacheKey, input };
    const inputTokens = input.text + input.audio;
    const outputTokens = output.text + output.audio;
    return {
      total_tokens: inputTokens + outputTokens,
      input_tokens: inputTokens,
      output_tokens: outputTokens,
      input_token_details: {
        text_tokens: input.text,
        audio_tokens: input.audio,
        image_tokens: 0,
        cached_tokens: cached.text + cached.audio,
        cached_tokens_details: { text_tokens: cached.text, audio_tokens: cached.audio, image_tokens: 0 },
      },
      output_token_details: { text_tokens: output.text, audio_tokens: output.audio },
    };
  }
}
