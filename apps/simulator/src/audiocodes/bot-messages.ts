import type { BreachList } from '../call/breaches.js';
import { type MediaFormat, mediaFormat } from './media-formats.js';

/** What a bot may send, as far as it was found to be well-formed. */
export interface BotMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

const TYPES = new Set([
  'connection.validated',
  'session.accepted',
  'session.error',
  'userStream.started',
  'userStream.stopped',
  'userStream.speech.started',
  'userStream.speech.stopped',
  'userStream.speech.committed',
  'userStream.speech.hypothesis',
  'userStream.speech.recognition',
  'playStream.start',
  'playStream.chunk',
  'playStream.stop',
  'activities',
]);

/** Null for what cannot be used; every fault is complained about. */
export function readBotMessage(
  text: string,
  conversationId: string,
  breaches: BreachList,
): BotMessage | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    breaches.add('NOT_JSON', 'the text is not JSON');
    return null;
  }
  if (!isObject(message)) {
    breaches.add('NOT_JSON', 'the text is no JSON object');
    return null;
  }
  if (typeof message.type !== 'string') {
    breaches.add('TYPE_MISSING', 'a message without a type');
    return null;
  }
  if (!TYPES.has(message.type)) {
    breaches.add('TYPE_UNKNOWN', `the bot may not send "${message.type}"`);
    return null;
  }
  const { conversationId: id } = message;
  if (id !== undefined && id !== conversationId)
    breaches.add('CONVERSATION_OTHER', `${message.type} is for another conversation`);
  return message as BotMessage;
}

/** The format that `session.accepted` settles on; null when there is none to go on with. `before` is that of a resumed session. */
export function readAcceptance(
  message: BotMessage,
  offer: readonly string[],
  before: string | null,
  breaches: BreachList,
): MediaFormat | null {
  // After a resume the official library leaves it out.
  const name = message.mediaFormat ?? before;
  const media = mediaFormat(name);
  if (media === null || !offer.includes(media.name)) {
    breaches.add(
      'FORMAT_NOT_OFFERED',
      `session.accepted with ${JSON.stringify(name)}, which was not offered`,
    );
  }
  if (before !== null && media !== null && media.name !== before) {
    breaches.add('FORMAT_CHANGED', 'the media format changed with session.resume');
  }
  return media;
}

/** `alternatives[0].text`, where it is as it should be. */
export function readAlternatives(message: BotMessage, breaches: BreachList): string | null {
  const first = Array.isArray(message.alternatives) ? message.alternatives[0] : undefined;
  if (!isObject(first) || typeof first.text !== 'string') {
    breaches.add('SPEECH_SHAPE', `${message.type} has no alternatives[0].text`);
    return null;
  }
  const { confidence } = first;
  if (confidence !== undefined && !(typeof confidence === 'number' && confidence >= 0 && confidence <= 1)) {
    breaches.add('SPEECH_SHAPE', `${message.type} has a confidence that is no number of 0 ... 1`);
  }
  return first.text;
}

/** One activity of the bot. */
export interface BotActivity {
  readonly type: 'event' | 'message';
  readonly name: string;
  readonly activityParams: Readonly<Record<string, unknown>>;
  readonly sessionParams: Readonly<Record<string, unknown>>;
  readonly hasIdAndTime: boolean;
}

export function readActivities(message: BotMessage, breaches: BreachList): readonly BotActivity[] {
  if (!Array.isArray(message.activities)) {
    breaches.add('ACTIVITY_SHAPE', 'activities without the array');
    return [];
  }
  return message.activities.flatMap((activity: unknown) => {
    const read = readActivity(activity);
    if (read === null)
      breaches.add('ACTIVITY_SHAPE', 'an activity that is neither an event with a name nor a message');
    return read ?? [];
  });
}

function readActivity(activity: unknown): BotActivity | null {
  if (!isObject(activity)) return null;
  const { type, name, text } = activity;
  const isEvent = type === 'event' && typeof name === 'string';
  const isMessage = type === 'message' && typeof text === 'string';
  if (!isEvent && !isMessage) return null;
  return {
    type: isEvent ? 'event' : 'message',
    name: isEvent ? (name as string) : '',
    activityParams: isObject(activity.activityParams) ? activity.activityParams : {},
    sessionParams: isObject(activity.sessionParams) ? activity.sessionParams : {},
    hasIdAndTime: typeof activity.id === 'string' && typeof activity.timestamp === 'string',
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
