import type { AudioFormat } from '#libs/contracts';
import type { Fields } from './outbox.js';
import { Refused } from './refusal.js';
import { isObject } from './schema-check.js';

export type WireFormat = { type: 'audio/pcm'; rate: 24000 } | { type: 'audio/pcmu' } | { type: 'audio/pcma' };

export interface ServerVad {
  type: 'server_vad';
  threshold: number;
  prefix_padding_ms: number;
  silence_duration_ms: number;
  idle_timeout_ms: number | null;
  create_response: boolean;
  interrupt_response: boolean;
}

export interface SemanticVad {
  type: 'semantic_vad';
  eagerness: 'low' | 'medium' | 'high' | 'auto';
  create_response: boolean;
  interrupt_response: boolean;
}

export type TurnDetection = ServerVad | SemanticVad;

export interface Transcription {
  model?: string;
  language?: string;
  languages?: string[];
}

/** The effective session, as `session.created` and `session.updated` show it. */
export interface SessionConfig {
  type: 'realtime' | 'transcription';
  object: 'realtime.session' | 'realtime.transcription_session';
  id: string;
  model: string;
  output_modalities: ['audio'] | ['text'];
  instructions: string;
  tools: Fields[];
  tool_choice: unknown;
  max_output_tokens: number | 'inf';
  tracing: unknown;
  truncation: unknown;
  prompt: unknown;
  expires_at: number;
  include: string[] | null;
  audio: {
    input: {
      format: WireFormat;
      transcription: Transcription | null;
      noise_reduction: Fields | null;
      turn_detection: TurnDetection | null;
    };
    output: { format: WireFormat; voice: unknown; speed: number };
  };
}

const SERVER_VAD: ServerVad = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 200,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

const SEMANTIC_VAD: SemanticVad = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
};

/** What a session is before its first update. `expiresAt` in seconds since 1970. */
export function defaultSession(
  type: SessionConfig['type'],
  id: string,
  model: string,
  expiresAt: number,
): SessionConfig {
  return {
    type,
    object: type === 'realtime' ? 'realtime.session' : 'realtime.transcription_session',
    id,
    model,
    output_modalities: ['audio'],
    instructions:
      'Your knowledge cutoff is long ago. You are a helpful, witty and friendly AI. Talk quickly.',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: expiresAt,
    include: null,
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24000 },
        transcription: null,
        noise_reduction: null,
        turn_detection: { ...SERVER_VAD },
      },
      output: { format: { type: 'audio/pcm', rate: 24000 }, voice: 'alloy', speed: 1 },
    },
  };
}

/** The session as the server shows it; secrets of MCP servers do not come back. */
export function wireSession(config: SessionConfig): Fields {
  if (config.type === 'transcription') {
    const { type, object, id, expires_at, include, audio } = config;
    return { type, object, id, expires_at, include, audio: { input: audio.input } };
  }
  return { ...config, tools: config.tools.map(({ authorization: _a, headers: _h, ...tool }) => tool) };
}

/**
 * `session.update`: the session with the update merged in, or Refused and nothing of it applies. The update has passed the
 * schema. `voiceLocked`: the session has spoken.
 */
export function updatedSession(config: SessionConfig, update: Fields, voiceLocked: boolean): SessionConfig {
  if (update.type !== config.type) {
    throw new Refused(
      'invalid_intent',
      `Passing a ${String(update.type)} session to a ${config.type} session is not allowed.`,
    );
  }
  if (update.model !== undefined && update.model !== config.model) {
    throw new Refused(
      'invalid_value',
      `The model of a session cannot be changed from '${config.model}'.`,
      'session.model',
    );
  }
  if (config.tracing !== null && update.tracing !== undefined) {
    throw new Refused(
      'cannot_update_tracing',
      'Tracing cannot be changed once it is enabled.',
      'session.tracing',
    );
  }
  requireTokenLimit(update.max_output_tokens, 'session.max_output_tokens');
  const { audio, ...rest } = update;
  const next: SessionConfig = { ...config, ...(rest as Partial<SessionConfig>) };
  if (isObject(audio)) next.audio = mergedAudio(config.audio, audio, voiceLocked);
  return next;
}

function mergedAudio(
  audio: SessionConfig['audio'],
  update: Fields,
  voiceLocked: boolean,
): SessionConfig['audio'] {
  const input = { ...audio.input, ...(update.input as Partial<SessionConfig['audio']['input']> | undefined) };
  const output = {
    ...audio.output,
    ...(update.output as Partial<SessionConfig['audio']['output']> | undefined),
  };
  if (voiceLocked && isObject(update.output) && update.output.voice !== undefined)
    refuseVoice('session.audio.output.voice');
  const detection = input.turn_detection;
  if (detection?.type === 'server_vad') {
    input.turn_detection = { ...SERVER_VAD, ...detection };
    requireUnit(input.turn_detection.threshold, 'session.audio.input.turn_detection.threshold');
  } else if (detection !== null) {
    input.turn_detection = { ...SEMANTIC_VAD, ...detection };
  }
  const { transcription } = input;
  if (transcription?.language !== undefined && transcription.languages !== undefined) {
    throw new Refused(
      'invalid_value',
      "Only one of 'language' and 'languages' can be given.",
      'session.audio.input.transcription.languages',
    );
  }
  return { input, output };
}

/** The voice belongs to the session from its first sound on; even the same one may not be sent again. */
export function refuseVoice(param: string): never {
  throw new Refused(
    'cannot_update_voice',
    "Cannot update a conversation's voice if assistant audio is present.",
    param,
  );
}

export function requireTokenLimit(limit: unknown, param: string): void {
  if (typeof limit === 'number' && limit > 4096) {
    throw new Refused(
      'integer_above_max_value',
      `Expected a value <= 4096, but got ${limit} instead.`,
      param,
    );
  }
}

function requireUnit(value: number, param: string): void {
  if (value < 0 || value > 1) {
    throw new Refused(
      'decimal_out_of_range',
      `Expected a value between 0 and 1, but got ${value} instead.`,
      param,
    );
  }
}

export function audioFormatOf(format: WireFormat): AudioFormat {
  if (format.type === 'audio/pcm') return { encoding: 'pcm16', sampleRate: 24000 };
  return { encoding: format.type === 'audio/pcmu' ? 'mulaw' : 'alaw', sampleRate: 8000 };
}
