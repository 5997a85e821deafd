import type {
  ConversationItem,
  RealtimeClientEvent,
  RealtimeResponseCreateParams,
} from 'openai/resources/realtime/realtime';

/** What is sent, by OpenAI's own types. Sound goes another way: `appendText`. */
export type ClientEvent = RealtimeClientEvent;
export type ResponseParams = RealtimeResponseCreateParams;

/** Longest id that OpenAI takes for an item or a function call. */
export const MAX_ID_LENGTH = 32;

/** One frame of caller sound. Base64 needs no escaping in JSON, so the sound is pasted as it came. */
export function appendText(base64: string): string {
  return `{"type":"input_audio_buffer.append","audio":"${base64}"}`;
}

export function createItem(item: ConversationItem): ClientEvent {
  return { type: 'conversation.item.create', item };
}

export function userText(id: string, text: string): ConversationItem {
  return { id, type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
}

export function systemText(id: string, text: string): ConversationItem {
  return { id, type: 'message', role: 'system', content: [{ type: 'input_text', text }] };
}

/** History only: an assistant item that a client makes is never spoken. */
export function assistantText(id: string, text: string): ConversationItem {
  return { id, type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] };
}

export function functionCall(id: string, callId: string, name: string, args: string): ConversationItem {
  return { id, type: 'function_call', call_id: callId, name, arguments: args };
}

export function functionOutput(id: string, callId: string, output: string): ConversationItem {
  return { id, type: 'function_call_output', call_id: callId, output };
}

export function truncate(eventId: string, itemId: string, audioEndMs: number): ClientEvent {
  return {
    type: 'conversation.item.truncate',
    event_id: eventId,
    item_id: itemId,
    content_index: 0,
    audio_end_ms: audioEndMs,
  };
}

export function deleteItem(eventId: string, itemId: string): ClientEvent {
  return { type: 'conversation.item.delete', event_id: eventId, item_id: itemId };
}
