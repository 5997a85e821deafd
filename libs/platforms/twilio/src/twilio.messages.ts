import { base64ByteLength, bytesPerMs, bytesPerSample, isBase64 } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { fieldInvalid, notJson, payloadInvalid } from './errors.js';

/** Twilio Media Streams, as far as the gateway uses it. Unknown fields are ignored, unknown events are named. */
export type TwilioMessage =
  | { readonly event: 'connected' }
  | TwilioStart
  | TwilioMedia
  | { readonly event: 'dtmf'; readonly streamSid: string; readonly digit: string }
  | { readonly event: 'mark'; readonly streamSid: string; readonly name: string }
  | { readonly event: 'stop'; readonly streamSid: string }
  | { readonly event: 'unknown'; readonly name: string };

export interface TwilioStart {
  readonly event: 'start';
  readonly streamSid: string;
  readonly callSid: string;
  readonly accountSid: string;
  /** Null when the gateway does not speak it; `formatText` says what was offered. */
  readonly format: AudioFormat | null;
  readonly formatText: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Parameters that were no strings, too long or too many. */
  readonly parametersDropped: number;
}

export interface TwilioMedia {
  readonly event: 'media';
  readonly streamSid: string;
  readonly track: string;
  /** Since the stream began; null when the message does not say. */
  readonly timestampMs: number | null;
  /** Not yet checked: `checkPayload` does, with the stream's format. */
  readonly payload: string;
}

type Json = Readonly<Record<string, unknown>>;

const MOST_PARAMETERS = 50;
/** Twilio's own limit for the name and value of one parameter together. */
export const PARAMETER_CHARACTERS = 500;
const LONGEST_MEDIA_MS = 1000;
const LONGEST_NAME = 200;
/** Identifiers are opaque, but are written into our own messages without escaping. */
const SID = /^[\w-]{1,64}$/;
const MEDIA_HEAD =
  /^\{"event":"media","sequenceNumber":"\d{1,15}","media":\{"track":"inbound","chunk":"\d{1,15}","timestamp":"(\d{1,15})","payload":"/;
const MEDIA_TAIL = /"\},"streamSid":"([\w-]{1,64})"\}$/y;

/** Throws GatewayError when the text is not a message of the protocol. */
export function parseMessage(text: string): TwilioMessage {
  const sound = mediaAsUsual(text);
  if (sound !== null) return sound;
  const wire = parseJson(text);
  switch (wire.event) {
    case 'media':
      return parseMedia(wire);
    case 'mark':
      return { event: 'mark', streamSid: sid(wire, 'streamSid'), name: name(object(wire, 'mark'), 'name') };
    case 'dtmf':
      return { event: 'dtmf', streamSid: sid(wire, 'streamSid'), digit: digit(object(wire, 'dtmf')) };
    case 'connected':
      return { event: 'connected' };
    case 'start':
      return parseStart(wire);
    case 'stop':
      return { event: 'stop', streamSid: sid(wire, 'streamSid') };
    default:
      if (typeof wire.event !== 'string') throw fieldInvalid('event');
      return { event: 'unknown', name: wire.event };
  }
}

/** Throws GatewayError unless `payload` is canonical base64 of whole samples, not empty and not absurdly long. */
export function checkPayload(payload: string, format: AudioFormat): void {
  const bytes = base64ByteLength(payload);
  if (bytes > LONGEST_MEDIA_MS * bytesPerMs(format))
    throw payloadInvalid(`lasts longer than ${LONGEST_MEDIA_MS} ms`);
  if (!isBase64(payload)) throw payloadInvalid('is not base64');
  if (bytes === 0) throw payloadInvalid('is empty');
  if (bytes % bytesPerSample(format) !== 0) throw payloadInvalid('ends within a sample');
}

/** Twilio warns (31951) about any field beyond these. `payload` is base64, so nothing needs escaping. */
export function mediaMessage(streamSid: string, payload: string): string {
  return `{"event":"media","streamSid":"${streamSid}","media":{"payload":"${payload}"}}`;
}

export function markMessage(streamSid: string, markName: string): string {
  return `{"event":"mark","streamSid":"${streamSid}","mark":{"name":${JSON.stringify(markName)}}}`;
}

export function clearMessage(streamSid: string): string {
  return `{"event":"clear","streamSid":"${streamSid}"}`;
}

/**
 * Sound in the very words in which Twilio sends it, which half of all messages are; null where one differs, which is read as the JSON
 * that it is. Saves the parser and its objects: what stands between the quotes is what it would have found.
 */
function mediaAsUsual(text: string): TwilioMedia | null {
  const head = MEDIA_HEAD.exec(text);
  if (head === null) return null;
  const from = head[0].length;
  const end = text.indexOf('"', from);
  const payload = text.slice(from, end);
  if (end < 0 || payload.includes('\\')) return null;
  MEDIA_TAIL.lastIndex = end;
  const tail = MEDIA_TAIL.exec(text);
  if (tail === null) return null;
  return { event: 'media', streamSid: tail[1]!, track: 'inbound', timestampMs: Number(head[1]), payload };
}

function parseJson(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notJson();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notJson();
  return value as Json;
}

function parseMedia(wire: Json): TwilioMedia {
  const media = object(wire, 'media');
  const { payload, track } = media;
  if (typeof payload !== 'string') throw fieldInvalid('media.payload');
  if (track !== undefined && typeof track !== 'string') throw fieldInvalid('media.track');
  return {
    event: 'media',
    streamSid: sid(wire, 'streamSid'),
    track: track ?? 'inbound',
    timestampMs: media.timestamp === undefined ? null : quantity(media.timestamp, 'media.timestamp'),
    payload,
  };
}

function parseStart(wire: Json): TwilioStart {
  const start = object(wire, 'start');
  const streamSid = sid(start, 'streamSid');
  if (wire.streamSid !== undefined && wire.streamSid !== streamSid) throw fieldInvalid('streamSid');
  const mediaFormat = object(start, 'mediaFormat');
  const encoding = mediaFormat.encoding;
  if (typeof encoding !== 'string') throw fieldInvalid('mediaFormat.encoding');
  const sampleRate = quantity(mediaFormat.sampleRate, 'mediaFormat.sampleRate');
  const channels =
    mediaFormat.channels === undefined ? 1 : quantity(mediaFormat.channels, 'mediaFormat.channels');
  return {
    event: 'start',
    streamSid,
    callSid: sid(start, 'callSid'),
    accountSid: sid(start, 'accountSid'),
    format: channels === 1 ? formatOf(encoding.toLowerCase(), sampleRate) : null,
    formatText: `${encoding}/${sampleRate}/${channels}`,
    ...parametersOf(start.customParameters),
  };
}

function formatOf(encoding: string, sampleRate: number): AudioFormat | null {
  switch (encoding) {
    case 'audio/x-mulaw':
    case 'audio/mulaw':
    case 'audio/pcmu':
      return sampleRate === 8000 ? { encoding: 'mulaw', sampleRate } : null;
    case 'audio/x-alaw':
    case 'audio/alaw':
    case 'audio/pcma':
      return sampleRate === 8000 ? { encoding: 'alaw', sampleRate } : null;
    case 'audio/x-l16':
    case 'audio/l16':
      return [8000, 16_000, 24_000].includes(sampleRate) ? { encoding: 'pcm16', sampleRate } : null;
    default:
      return null;
  }
}

/** `Object.fromEntries` defines own properties, so that a parameter called `__proto__` is a parameter and no more. */
function parametersOf(value: unknown): Pick<TwilioStart, 'parameters' | 'parametersDropped'> {
  if (value === undefined || value === null) return { parameters: {}, parametersDropped: 0 };
  if (typeof value !== 'object' || Array.isArray(value)) throw fieldInvalid('start.customParameters');
  const all = Object.entries(value);
  const kept = all
    .filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && entry[0].length + entry[1].length < PARAMETER_CHARACTERS,
    )
    .slice(0, MOST_PARAMETERS);
  return { parameters: Object.fromEntries(kept), parametersDropped: all.length - kept.length };
}

function object(parent: Json, field: string): Json {
  const value = parent[field];
  if (typeof value !== 'object' || value === null) throw fieldInvalid(field);
  return value as Json;
}

function sid(parent: Json, field: string): string {
  const value = parent[field];
  if (typeof value !== 'string' || !SID.test(value)) throw fieldInvalid(field);
  return value;
}

function name(parent: Json, field: string): string {
  const value = parent[field];
  if (typeof value !== 'string' || value.length > LONGEST_NAME) throw fieldInvalid(field);
  return value;
}

function digit(dtmf: Json): string {
  if (typeof dtmf.digit !== 'string' || !/^[0-9*#A-Da-d]$/.test(dtmf.digit)) throw fieldInvalid('dtmf.digit');
  return dtmf.digit.toUpperCase();
}

/** Twilio writes counters and times as decimal strings, rates as numbers; either is taken for both. */
function quantity(value: unknown, field: string): number {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : -1;
  if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) throw fieldInvalid(field);
  return number;
}
