import { isBase64 } from '#libs/audio';

/** What may be sent to Twilio on a bidirectional stream. */
export type TwilioOrder =
  | { readonly event: 'media'; readonly payload: Uint8Array }
  | { readonly event: 'mark'; readonly name: string }
  | { readonly event: 'clear' };

/** Words for the warning 31951, which Twilio raises for text that breaks the protocol. */
export interface Unreadable {
  readonly event: null;
  readonly why: string;
}

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  media: ['event', 'media', 'streamSid'],
  mark: ['event', 'mark', 'streamSid'],
  clear: ['event', 'streamSid'],
};

/** Reads as strictly as Twilio says it does: exactly the documented fields, one JSON object a frame. */
export function readOrder(text: string, streamSid: string): TwilioOrder | Unreadable {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { event: null, why: 'the text is not JSON' };
  }
  if (!isObject(message)) return { event: null, why: 'the text is no JSON object' };
  const { event } = message;
  const fields = typeof event === 'string' && Object.hasOwn(FIELDS, event) ? FIELDS[event]! : null;
  if (fields === null) return { event: null, why: `unknown event ${JSON.stringify(event)}` };
  const wrong = fieldFault(message, fields);
  if (wrong !== null) return { event: null, why: `${event}: ${wrong}` };
  if (message.streamSid !== streamSid)
    return { event: null, why: `${event}: not the streamSid of this stream` };
  if (event === 'media') return mediaOrder(message.media);
  if (event === 'mark') return markOrder(message.mark);
  return { event: 'clear' };
}

function mediaOrder(media: unknown): TwilioOrder | Unreadable {
  if (!isObject(media)) return { event: null, why: 'media: media is no object' };
  const wrong = fieldFault(media, ['payload']);
  if (wrong !== null) return { event: null, why: `media: media has ${wrong}` };
  if (typeof media.payload !== 'string') return { event: null, why: 'media: the payload is no string' };
  if (!isBase64(media.payload)) return { event: null, why: 'media: the payload is no padded base64' };
  return { event: 'media', payload: Buffer.from(media.payload, 'base64') };
}

function markOrder(mark: unknown): TwilioOrder | Unreadable {
  if (!isObject(mark)) return { event: null, why: 'mark: mark is no object' };
  const wrong = fieldFault(mark, ['name']);
  if (wrong !== null) return { event: null, why: `mark: mark has ${wrong}` };
  if (typeof mark.name !== 'string' || mark.name === '')
    return { event: null, why: 'mark: the name is no text' };
  return { event: 'mark', name: mark.name };
}

function fieldFault(object: Readonly<Record<string, unknown>>, fields: readonly string[]): string | null {
  const missing = fields.find((field) => !Object.hasOwn(object, field));
  if (missing !== undefined) return `no field ${missing}`;
  const extra = Object.keys(object).find((field) => !fields.includes(field));
  return extra === undefined ? null : `an extra field ${extra}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
