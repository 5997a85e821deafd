import { type Schema, SchemaCheck } from './schema-check.js';

const TEXT: Schema = { type: 'string' };
const SHARE: Schema = { type: 'number', minimum: -2, maximum: 2 };

/** One message of a conversation by text. Parts, functions and sound are not simulated, and so refused. */
const message = (role: string): Schema => ({
  type: 'object',
  properties: { role: { const: role }, content: TEXT, name: TEXT },
  required: ['role', 'content'],
  additionalProperties: false,
});

/** What may be asked for by text: the part of OpenAI's chat completions that a conversation on the telephone needs. */
const REQUEST: Schema = {
  type: 'object',
  properties: {
    model: { type: 'string', minLength: 1 },
    messages: {
      type: 'array',
      minItems: 1,
      maxItems: 2048,
      items: { oneOf: ['system', 'developer', 'user', 'assistant'].map(message) },
    },
    max_completion_tokens: { type: 'integer', minimum: 1 },
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    top_p: { type: 'number', minimum: 0, maximum: 1 },
    frequency_penalty: SHARE,
    presence_penalty: SHARE,
    n: { const: 1 },
    stream: { const: false },
    store: { type: 'boolean' },
    reasoning_effort: { enum: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] },
    safety_identifier: { type: 'string', maxLength: 64 },
  },
  required: ['model', 'messages'],
  additionalProperties: false,
};

export const chatRequestCheck = new SchemaCheck(REQUEST);
