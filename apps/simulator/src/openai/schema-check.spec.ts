import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { clientEventCheck, readSchema } from './client-schema.js';
import { SchemaCheck } from './schema-check.js';

const schema = readSchema('client-events.ga.strict.schema.json');
const ajv = new Ajv2020({ strict: false }).compile(schema);

type Json = Record<string, unknown>;

const update = (session: Json): Json => ({
  type: 'session.update',
  session: { type: 'realtime', ...session },
});
const create = (item: Json): Json => ({ type: 'conversation.item.create', item });
const message = (role: string, part: Json, more: Json = {}): Json =>
  create({ type: 'message', role, content: [part], ...more });

const accepted: Json[] = [
  update({}),
  update({
    instructions: 'Be brief.',
    output_modalities: ['audio'],
    audio: {
      input: {
        format: { type: 'audio/pcmu' },
        noise_reduction: null,
        transcription: { model: 'gpt-transcribe', language: 'en' },
        turn_detection: { type: 'server_vad', threshold: 0.5, idle_timeout_ms: null, create_response: true },
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'marin', speed: 1 },
    },
    tools: [
      { type: 'function', name: 'f', description: 'd', parameters: { type: 'object', properties: {} } },
      { type: 'mcp', server_label: 'crm', server_url: 'https://mcp.example.com', require_approval: 'never' },
    ],
    tool_choice: { type: 'function', name: 'f' },
    max_output_tokens: 'inf',
    truncation: { type: 'retention_ratio', retention_ratio: 0.8, token_limits: { post_instructions: 12000 } },
    tracing: null,
    include: ['item.input_audio_transcription.logprobs'],
  }),
  update({ audio: { input: { turn_detection: null } } }),
  update({ audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'high' } } } }),
  message('system', { type: 'input_text', text: 'x' }, { id: 'sys_1' }),
  message('user', { type: 'input_audio', audio: 'AAAA' }),
  message('user', { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' }),
  message('assistant', { type: 'output_text', text: 'x' }),
  create({ type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' }),
  create({ type: 'function_call_output', call_id: 'call_1', output: '{}' }),
  {
    type: 'response.create',
    response: { conversation: 'none', metadata: { a: 'b' }, input: [{ type: 'item_reference', id: 'x' }] },
  },
  { type: 'response.create', event_id: 'e' },
  { type: 'response.cancel', response_id: 'resp_1' },
  { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 100 },
  { type: 'conversation.item.delete', item_id: 'i' },
  { type: 'conversation.item.retrieve', item_id: 'i' },
  { type: 'input_audio_buffer.append', audio: 'AAAA' },
  { type: 'input_audio_buffer.commit' },
  { type: 'input_audio_buffer.clear' },
  { type: 'output_audio_buffer.clear' },
];

/** Every way to damage one place of an event: take it away, put something else there, add something beside it. */
function damaged(event: Json): fc.Arbitrary<unknown> {
  const paths: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]) => {
    paths.push(path);
    if (Array.isArray(value)) for (const [index, element] of value.entries()) walk(element, [...path, index]);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value)) walk(child, [...path, key]);
    }
  };
  walk(event, []);
  const strange = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      5000,
      '',
      'x'.repeat(40),
      'realtime',
      'message',
      'user',
      [],
      {},
      ['text'],
    ),
    fc.jsonValue(),
  );
  return fc
    .tuple(fc.constantFrom(...paths), fc.constantFrom('remove', 'replace', 'add'), strange)
    .map(([path, how, value]) => damage(event, path, how, value));
}

function damage(value: unknown, path: readonly (string | number)[], how: string, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return how === 'add' && typeof value === 'object' ? { ...value, extra: by } : by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as Json) }) as Json;
  if (rest.length === 0 && how === 'remove') {
    if (Array.isArray(copy)) copy.splice(Number(key), 1);
    else delete copy[key];
  } else copy[key] = damage(copy[key], rest, how, by);
  return copy;
}

describe('the check of client events', () => {
  const check = clientEventCheck();

  it.each(accepted.map((event) => [JSON.stringify(event).slice(0, 70), event]))(
    'accepts %s',
    (_name, event) => {
      expect(ajv(event)).toBe(true);
      expect(check.check(event)).toBeNull();
    },
  );

  it('accepts and refuses exactly what a general JSON Schema validator does', () => {
    const events = fc.oneof(...accepted.map(damaged));
    fc.assert(
      fc.property(events, (event) => (check.check(event) === null) === ajv(event)),
      { numRuns: 5000 },
    );
  });

  it('reads every keyword that the schema uses', () => {
    const known = [
      '$schema',
      '$id',
      'title',
      '$defs',
      '$ref',
      'type',
      'const',
      'enum',
      'anyOf',
      'oneOf',
      'properties',
    ];
    known.push(
      'required',
      'additionalProperties',
      'propertyNames',
      'maxProperties',
      'items',
      'minItems',
      'maxItems',
    );
    known.push('minLength', 'maxLength', 'pattern', 'minimum', 'maximum', 'default');
    const used = new Set<string>();
    const walk = (value: unknown, named: boolean): void => {
      if (Array.isArray(value)) for (const element of value) walk(element, false);
      else if (typeof value === 'object' && value !== null) {
        for (const [key, child] of Object.entries(value)) {
          if (!named) used.add(key);
          if (!['enum', 'const', 'required', 'default'].includes(key) || named) {
            walk(child, !named && (key === 'properties' || key === '$defs'));
          }
        }
      }
    };
    walk(schema, false);
    expect([...used].filter((keyword) => !known.includes(keyword))).toEqual([]);
  });

  it.each<[string, Json, string, string]>([
    [
      'a session without its type',
      { type: 'session.update', session: { voice: 'alloy' } },
      'missing_required_parameter',
      'session.type',
    ],
    ['a beta field', update({ modalities: ['audio'] }), 'unknown_parameter', 'session.modalities'],
    [
      'PCM without its rate',
      update({ audio: { output: { format: { type: 'audio/pcm' } } } }),
      'missing_required_parameter',
      'session.audio.output.format.rate',
    ],
    [
      'PCM at another rate',
      update({ audio: { input: { format: { type: 'audio/pcm', rate: 16000 } } } }),
      'invalid_value',
      'session.audio.input.format.rate',
    ],
    [
      'G.711 with a rate',
      update({ audio: { input: { format: { type: 'audio/pcmu', rate: 8000 } } } }),
      'unknown_parameter',
      'session.audio.input.format.rate',
    ],
    [
      'a format there is not',
      update({ audio: { input: { format: { type: 'audio/opus' } } } }),
      'invalid_value',
      'session.audio.input.format.type',
    ],
    [
      'both modalities at once',
      update({ output_modalities: ['text', 'audio'] }),
      'array_above_max_length',
      'session.output_modalities',
    ],
    [
      'a strict function',
      update({ tools: [{ type: 'function', name: 'f', strict: true }] }),
      'unknown_parameter',
      'session.tools[0].strict',
    ],
    [
      'a tool of no kind',
      update({ tools: [{ name: 'f' }] }),
      'missing_required_parameter',
      'session.tools[0].type',
    ],
    [
      'an idle timeout for semantic detection',
      update({ audio: { input: { turn_detection: { type: 'semantic_vad', idle_timeout_ms: 6000 } } } }),
      'unknown_parameter',
      'session.audio.input.turn_detection.idle_timeout_ms',
    ],
    [
      'too short an idle timeout',
      update({ audio: { input: { turn_detection: { type: 'server_vad', idle_timeout_ms: 100 } } } }),
      'integer_below_min_value',
      'session.audio.input.turn_detection.idle_timeout_ms',
    ],
    ['instructions that are no text', update({ instructions: 7 }), 'invalid_type', 'session.instructions'],
    [
      'input_text of an assistant',
      message('assistant', { type: 'input_text', text: 'x' }),
      'invalid_value',
      'item.content[0].type',
    ],
    [
      'output_audio of an assistant',
      message('assistant', { type: 'output_audio', transcript: 'x' }),
      'missing_required_parameter',
      'item.content[0].text',
    ],
    [
      'output_text of a user',
      message('user', { type: 'output_text', text: 'x' }),
      'invalid_value',
      'item.content[0].type',
    ],
    [
      'a role there is not',
      message('caller', { type: 'input_text', text: 'x' }),
      'invalid_value',
      'item.role',
    ],
    [
      'an id of 33 characters',
      message('user', { type: 'input_text', text: 'x' }, { id: 'x'.repeat(33) }),
      'string_above_max_length',
      'item.id',
    ],
    [
      'a call id of 33 characters',
      create({ type: 'function_call_output', call_id: 'x'.repeat(33), output: '' }),
      'string_above_max_length',
      'item.call_id',
    ],
    [
      'output that is no string',
      create({ type: 'function_call_output', call_id: 'x', output: {} }),
      'invalid_type',
      'item.output',
    ],
    [
      'a fraction of a millisecond',
      { type: 'conversation.item.truncate', item_id: 'i', content_index: 0, audio_end_ms: 1.5 },
      'invalid_type',
      'audio_end_ms',
    ],
    [
      'a truncation without content_index',
      { type: 'conversation.item.truncate', item_id: 'i', audio_end_ms: 1 },
      'missing_required_parameter',
      'content_index',
    ],
    ['an event there is not', { type: 'response.stop' }, 'invalid_value', 'type'],
    ['an event without a type', { event_id: 'x' }, 'missing_required_parameter', 'type'],
    [
      'seventeen pairs of metadata',
      {
        type: 'response.create',
        response: { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'v'])) },
      },
      'object_above_max_properties',
      'response.metadata',
    ],
  ])('says what is wrong with %s', (_name, event, code, param) => {
    expect(check.check(event)).toMatchObject({ code, param });
  });

  it('words a wrong choice as OpenAI does', () => {
    expect(check.check(message('assistant', { type: 'input_text', text: 'x' }))?.message).toBe(
      "Invalid value: 'input_text'. Value must be 'output_text'.",
    );
  });

  it('fails loudly on a reference that leads nowhere', () => {
    expect(() => new SchemaCheck({ $ref: '#/$defs/Nobody' }).check({})).toThrow('Nobody');
  });
});
