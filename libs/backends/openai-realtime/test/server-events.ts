import type { HeardItem } from '#libs/contracts';
import type { Event } from './scripted-server.js';

/** What servers say, short enough to be read as a story. */

export const SPEECH_STARTED = { type: 'input_audio_buffer.speech_started', audio_start_ms: 0, item_id: 'u1' };
export const SPEECH_STOPPED = { type: 'input_audio_buffer.speech_stopped', audio_end_ms: 900, item_id: 'u1' };
export const COMMITTED = { type: 'input_audio_buffer.committed', previous_item_id: null, item_id: 'u1' };

export const created = (id: string, metadata: object | null = null) => ({
  type: 'response.created',
  response: { id, status: 'in_progress', metadata },
});
export const done = (
  id: string,
  status = 'completed',
  status_details: unknown = null,
  usage: unknown = null,
) => ({
  type: 'response.done',
  response: { id, status, status_details, usage, metadata: null },
});
export const itemAdded = (response_id: string, id: string) => ({
  type: 'response.output_item.added',
  response_id,
  output_index: 0,
  item: { id, type: 'message', role: 'assistant', status: 'in_progress', content: [] },
});
export const sound = (response_id: string, item_id: string, ms: number) => ({
  type: 'response.output_audio.delta',
  response_id,
  item_id,
  delta: Buffer.alloc(ms * 8, 0xff).toString('base64'),
});
export const soundDone = (response_id: string, item_id: string) => ({
  type: 'response.output_audio.done',
  response_id,
  item_id,
});
export const words = (response_id: string, item_id: string, delta: string) => ({
  type: 'response.output_audio_transcript.delta',
  response_id,
  item_id,
  delta,
});
export const allWords = (response_id: string, item_id: string, transcript: string) => ({
  type: 'response.output_audio_transcript.done',
  response_id,
  item_id,
  transcript,
});
export const call = (response_id: string, call_id: string, status = 'completed') => ({
  type: 'response.output_item.done',
  response_id,
  item: { id: `f-${call_id}`, type: 'function_call', status, call_id, name: 'lookup_order', arguments: '{}' },
});
export const acknowledged = (event: Event) => ({ type: 'conversation.item.added', item: event.item });
export const refused = (event: Event, code: string) => ({
  type: 'error',
  error: { type: 'invalid_request_error', code, message: '', param: null, event_id: event.event_id },
});
export const pcmu = { audioFormat: 'pcmu' } as const;
export const heard = (itemId: string, heardMs: number, sentMs: number, complete = true): HeardItem[] => [
  { itemId, heardMs, sentMs, complete },
];
