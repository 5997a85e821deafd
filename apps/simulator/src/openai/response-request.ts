import type { Conversation } from './conversation.js';
import type { SimItem } from './items.js';
import type { Fields } from './outbox.js';
import { Refused } from './refusal.js';
import {
  audioFormatOf,
  refuseVoice,
  requireTokenLimit,
  type SessionConfig,
  type WireFormat,
} from './session-config.js';
import { itemTokens, type Tokens, textTokens } from './usage.js';

/** `response` of `response.create`: each field stands over the session's for one response. */
export interface ResponseRequest extends Fields {
  readonly conversation?: 'auto' | 'none';
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly instructions?: string;
  readonly output_modalities?: readonly ['audio' | 'text'];
  readonly audio?: { readonly output?: { readonly format?: WireFormat; readonly voice?: unknown } };
  readonly tools?: Fields[];
  readonly tool_choice?: unknown;
  readonly max_output_tokens?: number | 'inf';
  readonly input?: readonly Fields[];
}

/** What the model reads before it answers. */
export interface Reading {
  readonly tokens: Tokens;
  /** Equal to that of the response before: what that one read is in the cache. Null: this one does not go by the cache. */
  readonly cacheKey: string | null;
}

/** Checks the state rules of a request, which has passed the schema, and counts what it makes the model read. */
export function readingOf(
  request: ResponseRequest,
  config: SessionConfig,
  conversation: Conversation,
  voiceLocked: boolean,
): Reading {
  const { voice } = config.audio.output;
  const asked = request.audio?.output?.voice;
  if (asked !== undefined && voiceLocked && JSON.stringify(asked) !== JSON.stringify(voice)) {
    refuseVoice('response.audio.output.voice');
  }
  requireTokenLimit(request.max_output_tokens, 'response.max_output_tokens');
  const instructions = request.instructions ?? config.instructions;
  const tools = request.tools ?? config.tools;
  const toolText = tools.length === 0 ? '' : JSON.stringify(tools);
  const { text, audio } = itemTokens(contextOf(request, config, conversation));
  return {
    tokens: { text: text + textTokens(instructions) + textTokens(toolText), audio },
    cacheKey: request.input === undefined ? `${conversation.rewrites} ${toolText} ${instructions}` : null,
  };
}

function contextOf(
  request: ResponseRequest,
  config: SessionConfig,
  conversation: Conversation,
): readonly SimItem[] {
  if (request.input === undefined) return conversation.items;
  return request.input.map((wire, index) => {
    if (wire.type !== 'item_reference')
      return conversation.itemOf(wire, audioFormatOf(config.audio.input.format));
    const item = conversation.find(String(wire.id));
    if (item !== null) return item;
    throw new Refused(
      'invalid_value',
      `Item with id '${String(wire.id)}' not found.`,
      `response.input[${index}].id`,
    );
  });
}
