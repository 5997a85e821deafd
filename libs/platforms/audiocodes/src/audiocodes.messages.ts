import { randomUUID } from 'node:crypto';
import type { CallerNews } from '#libs/contracts';
import type { MediaFormatName } from './audiocodes.formats.js';

/** Messages of the AudioCodes Bot API, streaming mode: JSON objects told apart by `type`. "VAIC" is VoiceAI Connect or Live Hub. */

/** From VAIC, as parsed. Only `type` is certain; every other field is to be looked at before use. */
export interface VaicMessage {
  readonly type: string;
  readonly conversationId?: unknown;
  readonly participant?: unknown;
  readonly audioChunk?: unknown;
  readonly [field: string]: unknown;
}

/** `session.initiate`: the first message of a call. */
export interface Initiate {
  readonly conversationId: string;
  readonly botName: string | null;
  readonly caller: string | null;
  /** False: the bot is to answer with text, which VAIC speaks. */
  readonly expectAudioMessages: boolean;
  readonly supportedMediaFormats: readonly string[];
}

/** One of the `activities` from VAIC. */
export interface Activity {
  readonly type: string;
  /** Lower-cased, since the case of names differs between versions; empty where there is none. */
  readonly name: string;
  readonly value: unknown;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly streamId: string | null;
}

const MAX_ID_LENGTH = 256;

/** Null: not a JSON object with a text field `type`. */
export function parseMessage(text: string): VaicMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isObject(value) && typeof value.type === 'string' ? (value as VaicMessage) : null;
}

/** Null: there is none that could name a call. */
export function readConversationId(message: VaicMessage): string | null {
  const id = message.conversationId;
  return typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH ? id : null;
}

export function readInitiate(message: VaicMessage): Initiate | null {
  const conversationId = readConversationId(message);
  if (conversationId === null) return null;
  const formats = message.supportedMediaFormats;
  return {
    conversationId,
    botName: textOf(message.botName),
    caller: textOf(message.caller),
    expectAudioMessages: message.expectAudioMessages !== false,
    supportedMediaFormats: Array.isArray(formats) ? formats.filter((name) => typeof name === 'string') : [],
  };
}

/** The party that a message is about; null in an ordinary call of two. */
export function readParticipant(message: VaicMessage): string | null {
  return textOf(message.participant);
}

/** VoiceAI Connect sends one or a few; thousands in one message would hold up every other call. */
const MOST_ACTIVITIES = 32;

/** Null: not an array, or too many. An element that is no activity stands as null. */
export function readActivities(message: VaicMessage): readonly (Activity | null)[] | null {
  const { activities } = message;
  if (!Array.isArray(activities) || activities.length > MOST_ACTIVITIES) return null;
  return activities.map(readActivity);
}

function readActivity(value: unknown): Activity | null {
  if (!isObject(value) || typeof value.type !== 'string') return null;
  const parameters = isObject(value.parameters) ? value.parameters : {};
  return {
    type: value.type,
    name: (textOf(value.name) ?? '').toLowerCase(),
    value: value.value,
    parameters,
    streamId: textOf(value.streamId) ?? textOf(parameters.streamId),
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH ? value : null;
}

export const CONNECTION_VALIDATED = '{"type":"connection.validated","success":true}';

export function sessionAccepted(mediaFormat: MediaFormatName): string {
  return `{"type":"session.accepted","mediaFormat":"${mediaFormat}"}`;
}

/** Refuses the conversation, or ends it at any later moment. */
export function sessionError(reason: string, conversationId: string | null): string {
  return JSON.stringify({ type: 'session.error', conversationId: conversationId ?? undefined, reason });
}

export function userStreamAnswer(answer: 'started' | 'stopped', participant: string | null): string {
  return JSON.stringify({ type: `userStream.${answer}`, participant: participant ?? undefined });
}

export function playStart(streamId: string, mediaFormat: MediaFormatName): string {
  return JSON.stringify({ type: 'playStream.start', streamId, mediaFormat });
}

/** What stands before the sound in every chunk of a stream; base64 and `"}` follow. */
export function playChunkHead(streamId: string): string {
  return `{"type":"playStream.chunk","streamId":${JSON.stringify(streamId)},"audioChunk":"`;
}

export function playStop(streamId: string): string {
  return JSON.stringify({ type: 'playStream.stop', streamId });
}

const SPEECH = {
  'speech-started': 'userStream.speech.started',
  'speech-stopped': 'userStream.speech.stopped',
  'turn-committed': 'userStream.speech.committed',
  hypothesis: 'userStream.speech.hypothesis',
  recognition: 'userStream.speech.recognition',
} as const satisfies Record<CallerNews['kind'], string>;

/** Documentation and AudioCodes' own library disagree about this name on the three messages without words. */
export type ParticipantField = 'participant' | 'participantId';

/** In a call of two parties `participant` is null and not sent. */
export function speechNews(news: CallerNews, participant: string | null, field: ParticipantField): string {
  const type = SPEECH[news.kind];
  if (news.kind === 'hypothesis') {
    return JSON.stringify({
      type,
      participant: participant ?? undefined,
      alternatives: [{ text: news.text }],
    });
  }
  if (news.kind === 'recognition') {
    // The shape asks for a number; the AI gives no figure for its only reading.
    const alternatives = [{ text: news.text, confidence: 1 }];
    return JSON.stringify({ type, participant: participant ?? undefined, alternatives });
  }
  return JSON.stringify({ type, [field]: participant ?? undefined });
}

export interface BotEvent {
  readonly name: 'hangup' | 'transfer' | 'config' | 'abortPrompts' | 'sendDtmf';
  /** For this activity only. */
  readonly activityParams?: Readonly<Record<string, unknown>>;
  /** From now to the end of the call. */
  readonly sessionParams?: Readonly<Record<string, unknown>>;
}

/** `at` is the wall time, for VAIC's records. */
export function activity(event: BotEvent, at: Date): string {
  const { name, activityParams, sessionParams } = event;
  const one = {
    id: randomUUID(),
    timestamp: at.toISOString(),
    type: 'event',
    name,
    activityParams,
    sessionParams,
  };
  return JSON.stringify({ type: 'activities', activities: [one] });
}
