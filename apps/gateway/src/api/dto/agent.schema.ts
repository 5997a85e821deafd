import type { ApiBodyOptions } from '@nestjs/swagger';

type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const text = (description: string): Schema => ({ type: 'string', description });
const textOrNull = (description: string): Schema => ({ type: 'string', nullable: true, description });
const number = (description: string): Schema => ({ type: 'number', nullable: true, description });

/** What a document of an agent may hold. It is checked by the library of agents; every mistake is named. */
export const AGENT_SCHEMA: Schema = {
  type: 'object',
  required: ['instructions'],
  additionalProperties: false,
  properties: {
    name: text('As in the path: small letters, digits and hyphens.'),
    description: textOrNull('For people; the agent is not told.'),
    backend: textOrNull("Null: the gateway's own."),
    settings: {
      type: 'object',
      additionalProperties: true,
      description: "The backend's own settings over the gateway's.",
    },
    instructions: text('What the agent is told about its task; may hold `{{variables}}`.'),
    variables: {
      type: 'object',
      additionalProperties: true,
      description: 'What variables hold where the call brings nothing.',
    },
    greeting: textOrNull('Said first; null: the agent waits for the caller.'),
    voice: textOrNull("By the backend's name."),
    language: textOrNull('ISO 639-1.'),
    timeZone: textOrNull('IANA name, for `{{date}}` and `{{time}}`.'),
    tools: {
      type: 'array',
      items: { anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }] },
      description: 'Names of tools, or definitions of their own.',
    },
    limits: {
      type: 'object',
      properties: { maxDurationMs: number('Longest call.'), maxCostUsd: number('Most a call may cost.') },
    },
    idle: {
      type: 'object',
      properties: {
        afterMs: number('Silence after which the caller is asked; null: never.'),
        questions: number('So often is he asked before he is let go.'),
        question: text('Said as it stands.'),
        goodbye: text('Said as it stands.'),
      },
    },
    recording: {
      type: 'object',
      nullable: true,
      description: 'Null: calls are not recorded.',
      properties: {
        announcement: textOrNull('Said before the greeting.'),
        fromAnswer: { type: 'boolean', description: 'Also while the caller waits for the AI.' },
        keepForMs: number('Deleted after this time; null: never.'),
      },
    },
    privacy: {
      type: 'object',
      properties: {
        redact: {
          type: 'array',
          items: { type: 'string', enum: ['numbers', 'emails', 'spoken-digits', 'keys'] },
          description: 'Taken out of transcripts, logs and webhooks before they are written.',
        },
        keepForMs: number('Transcripts and journals are deleted after this time; null: never.'),
      },
    },
    whenAiIsAway: {
      type: 'object',
      additionalProperties: true,
      description: 'otherBackends, announcement, transferTo, turns.',
    },
    lookup: {
      type: 'object',
      nullable: true,
      additionalProperties: true,
      description: 'url, timeoutMs, secret of a webhook that knows more about the call.',
    },
  },
};

export const ROUTES_SCHEMA: Schema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['agent'],
    additionalProperties: false,
    properties: {
      platform: textOrNull('twilio, audiocodes …'),
      to: textOrNull('The called number, whole, or its beginning with * behind it.'),
      botName: textOrNull("What the platform's own configuration calls the bot."),
      parameters: { type: 'object', additionalProperties: { type: 'string' } },
      agent: text('Who answers.'),
    },
  },
};
