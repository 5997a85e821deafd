import type {
  AudioTranscription,
  RealtimeAudioFormats,
  RealtimeAudioInputTurnDetection,
  RealtimeSessionCreateRequest,
  RealtimeToolChoiceConfig,
  RealtimeTruncation,
} from 'openai/resources/realtime/realtime';
import type { AiOptions, AudioFormat } from '#libs/contracts';
import type { ClientEvent, ResponseParams } from './client-events.js';
import type { OpenAiRealtimeConfig, WireFormatName } from './openai-realtime.config.js';
import type { ServerSession } from './server-objects.js';

/** As the session speaks it: G.711 has no rate on the wire; PCM is refused without one. */
const WIRE_FORMATS: Readonly<Record<WireFormatName, RealtimeAudioFormats & { type: string }>> = {
  pcm: { type: 'audio/pcm', rate: 24_000 },
  pcmu: { type: 'audio/pcmu' },
  pcma: { type: 'audio/pcma' },
};

const AUDIO_FORMATS: Readonly<Record<WireFormatName, AudioFormat>> = {
  pcm: { encoding: 'pcm16', sampleRate: 24_000 },
  pcmu: { encoding: 'mulaw', sampleRate: 8000 },
  pcma: { encoding: 'alaw', sampleRate: 8000 },
};

export const CONFIG_EVENT_ID = 'configure';

export function audioFormatOf(config: OpenAiRealtimeConfig): AudioFormat {
  return AUDIO_FORMATS[config.audioFormat];
}

/** In what a session that was confirmed differs from the one that was asked for; null: in nothing that matters to a call. */
export function mismatchOf(
  { outputFormat, toolCount }: ServerSession,
  config: OpenAiRealtimeConfig,
  { tools }: AiOptions,
): string | null {
  const otherFormat = outputFormat !== null && outputFormat !== WIRE_FORMATS[config.audioFormat].type;
  if (otherFormat) return 'another sound format';
  const otherTools = toolCount !== null && toolCount !== tools.length;
  return otherTools ? `${toolCount} of ${tools.length} functions` : null;
}

/** A complete `session.update`. A connection sends one under this id; a refusal of it ends the connection. */
export function sessionUpdate(
  config: OpenAiRealtimeConfig,
  options: AiOptions,
  eventId = CONFIG_EVENT_ID,
): ClientEvent {
  const format = WIRE_FORMATS[config.audioFormat];
  const transcription = transcriptionOf(config, options.agent.language);
  const voice = options.agent.voice ?? config.voice;
  const session: RealtimeSessionCreateRequest = {
    type: 'realtime',
    instructions: options.agent.instructions,
    output_modalities: ['audio'],
    audio: {
      input: {
        format,
        turn_detection: turnDetectionOf(config),
        ...(transcription === null ? {} : { transcription }),
        ...(config.noiseReduction === null ? {} : { noise_reduction: { type: config.noiseReduction } }),
      },
      output: {
        format,
        ...(voice === null ? {} : { voice: voice.startsWith('voice_') ? { id: voice } : voice }),
        ...(config.speed === null ? {} : { speed: config.speed }),
      },
    },
    tools: options.tools.map(({ name, description, parameters }) => ({
      type: 'function',
      name,
      description,
      parameters,
    })),
  };
  if (config.toolChoice !== null) session.tool_choice = toolChoiceOf(config.toolChoice);
  if (config.parallelToolCalls !== null) session.parallel_tool_calls = config.parallelToolCalls;
  if (config.reasoningEffort !== null) session.reasoning = { effort: config.reasoningEffort };
  if (config.maxOutputTokens !== null) session.max_output_tokens = config.maxOutputTokens;
  if (config.truncation !== null) session.truncation = truncationOf(config, config.truncation);
  if (config.tracingWorkflow !== null) {
    session.tracing = { workflow_name: config.tracingWorkflow, group_id: options.callId };
  }
  if (config.includeLogprobs) session.include = ['item.input_audio_transcription.logprobs'];
  return { type: 'session.update', event_id: eventId, session };
}

/** Instructions of a response replace those of the session, so all that must still hold is said again. */
export function greetingParams(instructions: string, greeting: string): ResponseParams {
  return {
    instructions: `${instructions}\n\nThe call has just been answered. Greet the caller with: "${greeting}" and nothing else.`,
    tool_choice: 'none',
    metadata: { purpose: 'greeting' },
  };
}

/** A response that says a given text. The history stays its context, so that the voice goes on as it was. */
export function verbatimParams(instructions: string, text: string): ResponseParams {
  return {
    instructions: `${instructions}\n\nSay now exactly the words between the two lines of dashes, all of them, as they stand and in their language. Add nothing, leave out nothing, answer nothing, and do not mention this request.\n---\n${text}\n---`,
    tool_choice: 'none',
    metadata: { purpose: 'words' },
  };
}

/** The types of the SDK lag behind the API: `keywords` came later. */
function transcriptionOf(
  config: OpenAiRealtimeConfig,
  agentLanguage: string | null,
): (AudioTranscription & { keywords?: string[] }) | null {
  const { transcriptionModel: model, transcriptionPrompt: prompt, transcriptionDelay: delay } = config;
  if (model === null) return null;
  const language = agentLanguage ?? config.transcriptionLanguage;
  return {
    model,
    ...(language === null ? {} : { language }),
    ...(prompt === null ? {} : { prompt }),
    ...(config.transcriptionKeywords.length === 0 ? {} : { keywords: config.transcriptionKeywords }),
    ...(delay === null ? {} : { delay }),
  };
}

/** The pause is always named, since the API's documented default and its real one differ. */
function turnDetectionOf(config: OpenAiRealtimeConfig): RealtimeAudioInputTurnDetection | null {
  const { turnDetection, createResponse, interruptResponse } = config;
  if (turnDetection === 'none') return null;
  const common = { create_response: createResponse, interrupt_response: interruptResponse };
  if (turnDetection === 'semantic_vad') {
    return {
      type: 'semantic_vad',
      ...(config.eagerness === null ? {} : { eagerness: config.eagerness }),
      ...common,
    };
  }
  return {
    type: 'server_vad',
    silence_duration_ms: config.silenceDurationMs,
    ...(config.vadThreshold === null ? {} : { threshold: config.vadThreshold }),
    ...(config.prefixPaddingMs === null ? {} : { prefix_padding_ms: config.prefixPaddingMs }),
    ...(config.idleTimeoutMs === null ? {} : { idle_timeout_ms: config.idleTimeoutMs }),
    ...common,
  };
}

function toolChoiceOf(choice: string): RealtimeToolChoiceConfig {
  if (choice === 'none' || choice === 'auto' || choice === 'required') return choice;
  return { type: 'function', name: choice };
}

function truncationOf(
  config: OpenAiRealtimeConfig,
  truncation: 'auto' | 'disabled' | 'retention_ratio',
): RealtimeTruncation {
  if (truncation !== 'retention_ratio') return truncation;
  const { retentionRatio, postInstructionsTokens } = config;
  return {
    type: 'retention_ratio',
    retention_ratio: retentionRatio,
    ...(postInstructionsTokens === null
      ? {}
      : { token_limits: { post_instructions: postInstructionsTokens } }),
  };
}
