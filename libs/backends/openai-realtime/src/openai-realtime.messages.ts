import type { RealtimeServerEvent } from 'openai/resources/realtime/realtime';
import { isBase64 } from '#libs/audio';
import {
  amount,
  errorOf,
  itemOf,
  resetSecondsOf,
  responseOf,
  type ServerError,
  type ServerItem,
  type ServerResponse,
  type ServerSession,
  sessionOf,
  text,
  type Wire,
  wire,
} from './server-objects.js';

interface OfItem {
  readonly itemId: string;
}

interface Spoken extends OfItem {
  readonly responseId: string;
}

interface OutputItem {
  readonly responseId: string;
  readonly item: ServerItem;
}

/** What is read of each server event that means something here. */
interface ServerEvents {
  error: { readonly error: ServerError };
  'session.created': { readonly session: ServerSession };
  'session.updated': { readonly session: ServerSession };
  /** Positions count the sound that was appended to this session. */
  'input_audio_buffer.speech_started': { readonly audioStartMs: number | null };
  'input_audio_buffer.speech_stopped': { readonly itemId: string | null; readonly audioEndMs: number | null };
  'input_audio_buffer.committed': OfItem;
  'conversation.item.added': { readonly item: ServerItem };
  'conversation.item.input_audio_transcription.delta': OfItem & { readonly delta: string };
  'conversation.item.input_audio_transcription.completed': OfItem & {
    readonly transcript: string;
    readonly usage: Wire | null;
  };
  'conversation.item.input_audio_transcription.failed': OfItem & { readonly error: ServerError | null };
  'response.created': { readonly response: ServerResponse };
  'response.output_item.added': OutputItem;
  'response.output_audio.delta': Spoken & { readonly delta: string };
  'response.output_audio.done': Spoken;
  'response.output_audio_transcript.delta': Spoken & { readonly delta: string };
  'response.output_audio_transcript.done': Spoken & { readonly transcript: string };
  'response.output_item.done': OutputItem;
  'response.done': { readonly response: ServerResponse };
  'rate_limits.updated': { readonly resetSeconds: number };
}

/** Held against OpenAI's own list by the compiler: a name that is not an event becomes `never` and can have no reader. */
type Name = keyof ServerEvents & RealtimeServerEvent['type'];

export type ServerEventOf<T extends Name> = { readonly type: T } & ServerEvents[T];
export type ServerEvent = { [T in Name]: ServerEventOf<T> }[Name];

export type ParsedMessage =
  | ServerEvent
  /** Well-formed and of no use here. */
  | { readonly type: null; readonly name: string }
  | { readonly type: 'bad'; readonly what: string };

/** Beta names that Azure previews and compatible servers still use. */
const BETA_NAMES: Readonly<Record<string, Name>> = {
  'response.audio.delta': 'response.output_audio.delta',
  'response.audio.done': 'response.output_audio.done',
  'response.audio_transcript.delta': 'response.output_audio_transcript.delta',
  'response.audio_transcript.done': 'response.output_audio_transcript.done',
  'conversation.item.created': 'conversation.item.added',
};

/** Null: a field that cannot be done without is missing or of the wrong type. */
const READERS: { readonly [T in Name]: (message: Wire) => ServerEventOf<T> | null } = {
  'response.output_audio.delta': (message) => {
    const { response_id: responseId, item_id: itemId, delta } = message;
    if (typeof responseId !== 'string' || typeof itemId !== 'string' || typeof delta !== 'string')
      return null;
    return isBase64(delta) ? { type: 'response.output_audio.delta', responseId, itemId, delta } : null;
  },
  'response.output_audio.done': (message) => {
    const ids = spoken(message);
    return ids && { type: 'response.output_audio.done', ...ids };
  },
  'response.output_audio_transcript.delta': (message) => {
    const ids = spoken(message);
    const delta = text(message.delta);
    return ids && delta !== null ? { type: 'response.output_audio_transcript.delta', ...ids, delta } : null;
  },
  'response.output_audio_transcript.done': (message) => {
    const ids = spoken(message);
    const transcript = text(message.transcript) ?? '';
    return ids && { type: 'response.output_audio_transcript.done', ...ids, transcript };
  },
  error: (message) => {
    const error = errorOf(message.error);
    return error && { type: 'error', error };
  },
  'session.created': (message) => ({ type: 'session.created', session: sessionOf(message.session) }),
  'session.updated': (message) => ({ type: 'session.updated', session: sessionOf(message.session) }),
  'input_audio_buffer.speech_started': (message) => ({
    type: 'input_audio_buffer.speech_started',
    audioStartMs: amount(message.audio_start_ms),
  }),
  'input_audio_buffer.speech_stopped': (message) => ({
    type: 'input_audio_buffer.speech_stopped',
    itemId: text(message.item_id),
    audioEndMs: amount(message.audio_end_ms),
  }),
  'input_audio_buffer.committed': (message) => {
    const itemId = text(message.item_id);
    return itemId === null ? null : { type: 'input_audio_buffer.committed', itemId };
  },
  'conversation.item.added': (message) => {
    const item = itemOf(message.item);
    return item && { type: 'conversation.item.added', item };
  },
  'conversation.item.input_audio_transcription.delta': (message) => {
    const itemId = text(message.item_id);
    const delta = text(message.delta);
    if (itemId === null || delta === null) return null;
    return { type: 'conversation.item.input_audio_transcription.delta', itemId, delta };
  },
  'conversation.item.input_audio_transcription.completed': (message) => {
    const itemId = text(message.item_id);
    const transcript = text(message.transcript);
    if (itemId === null || transcript === null) return null;
    const usage = wire(message.usage);
    return { type: 'conversation.item.input_audio_transcription.completed', itemId, transcript, usage };
  },
  'conversation.item.input_audio_transcription.failed': (message) => {
    const itemId = text(message.item_id);
    if (itemId === null) return null;
    const error = errorOf(message.error);
    return { type: 'conversation.item.input_audio_transcription.failed', itemId, error };
  },
  'response.created': (message) => {
    const response = responseOf(message.response);
    return response && { type: 'response.created', response };
  },
  'response.done': (message) => {
    const response = responseOf(message.response);
    return response && { type: 'response.done', response };
  },
  'response.output_item.added': (message) => {
    const output = outputItem(message);
    return output && { type: 'response.output_item.added', ...output };
  },
  'response.output_item.done': (message) => {
    const output = outputItem(message);
    return output && { type: 'response.output_item.done', ...output };
  },
  'rate_limits.updated': (message) => ({
    type: 'rate_limits.updated',
    resetSeconds: resetSecondsOf(message.rate_limits),
  }),
};

/** Up to the sound itself, in the very words in which OpenAI sends it. */
const DELTA_HEAD =
  /^\{"type":"response\.output_audio\.delta","event_id":"[\w-]{1,64}","response_id":"([\w-]{1,64})","item_id":"([\w-]{1,64})","output_index":\d{1,9},"content_index":\d{1,9},"delta":"/;

/**
 * Sound as it usually comes, which nearly all messages are; null where a word differs, which is read as the JSON that it is. Saves
 * the parser and its objects: what stands between the quotes is what it would have found.
 */
function deltaAsUsual(frame: string): ServerEventOf<'response.output_audio.delta'> | null {
  const head = DELTA_HEAD.exec(frame);
  if (head === null || !frame.endsWith('"}')) return null;
  const delta = frame.slice(head[0].length, -2);
  if (!isBase64(delta)) return null;
  return { type: 'response.output_audio.delta', responseId: head[1]!, itemId: head[2]!, delta };
}

/** Reads one text frame. Never throws. */
export function parseServerMessage(frame: string): ParsedMessage {
  const sound = deltaAsUsual(frame);
  if (sound !== null) return sound;
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    return { type: 'bad', what: 'not JSON' };
  }
  const object = wire(message);
  if (object === null) return { type: 'bad', what: 'not an object' };
  const sent = object.type;
  if (typeof sent !== 'string') return { type: 'bad', what: 'no type' };
  const name = Object.hasOwn(BETA_NAMES, sent) ? BETA_NAMES[sent]! : sent;
  if (!Object.hasOwn(READERS, name)) return { type: null, name };
  return READERS[name as Name](object) ?? { type: 'bad', what: `the fields of ${name}` };
}

function spoken(message: Wire): Spoken | null {
  const { response_id: responseId, item_id: itemId } = message;
  return typeof responseId === 'string' && typeof itemId === 'string' ? { responseId, itemId } : null;
}

function outputItem(message: Wire): OutputItem | null {
  const responseId = text(message.response_id);
  const item = itemOf(message.item);
  return responseId === null || item === null ? null : { responseId, item };
}
