import { isBase64 } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import type { Fields } from './outbox.js';
import { Refused } from './refusal.js';

export const APPEND = 'input_audio_buffer.append';

const KEYS: readonly string[] = ['type', 'event_id', 'audio'];
const LONGEST_BYTES = 15 * 1024 * 1024;
const LONGEST_EVENT_ID = 512;

/**
 * The sound of an `input_audio_buffer.append`. Fifty come a second from every call, so this is checked by hand instead of by
 * the schema, and never more leniently.
 */
export function appendedSound(event: Fields, format: AudioFormat): Buffer {
  const { audio, event_id: eventId } = event;
  for (const key in event) {
    if (!KEYS.includes(key)) throw new Refused('unknown_parameter', `Unknown parameter: '${key}'.`, key);
  }
  if (eventId !== undefined && (typeof eventId !== 'string' || eventId.length > LONGEST_EVENT_ID)) {
    throw new Refused('invalid_value', 'An event_id is a string of at most 512 characters.', 'event_id');
  }
  if (typeof audio !== 'string' || audio === '' || !isBase64(audio)) {
    throw new Refused('invalid_value', "Invalid 'audio'. Expected base64 of at least one sample.", 'audio');
  }
  const bytes = Buffer.from(audio, 'base64');
  if (bytes.length > LONGEST_BYTES)
    throw new Refused('string_above_max_length', 'More than 15 MiB of audio.', 'audio');
  if (format.encoding === 'pcm16' && bytes.length % 2 !== 0) {
    throw new Refused('invalid_value', 'The audio ends within a sample.', 'audio');
  }
  return bytes;
}
