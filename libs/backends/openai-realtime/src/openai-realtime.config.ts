import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  Validate,
} from 'class-validator';
import { Setting } from '#libs/contracts';
import { ArePrices, IsOutputLimit } from './config-checks.js';
import type { TokenPrices } from './pricing.js';

export type WireFormatName = 'pcm' | 'pcmu' | 'pcma';

/** What is null is left out of the session, so that a compatible server that does not know it is not asked for it. */
export class OpenAiRealtimeConfig {
  @Setting({ env: 'OPENAI_API_KEY', secret: true, doc: 'Key of the OpenAI project that is billed.' })
  @Matches(/^[\x21-\x7e]*$/, { message: 'must not hold spaces or line breaks' })
  apiKey = '';

  @Setting({
    env: 'OPENAI_REALTIME_URL',
    gatewayOnly: true,
    doc: 'Address of the Realtime API, of Azure, or of a compatible server.',
  })
  @IsUrl({ protocols: ['wss', 'ws'], require_protocol: true, require_tld: false, disallow_auth: true })
  url = 'wss://api.openai.com/v1/realtime';

  @Setting({ env: 'OPENAI_REALTIME_MODEL', doc: 'Model; at Azure the name of the deployment.' })
  @IsString()
  @Matches(/\S/, { message: 'must not be empty' })
  model = 'gpt-realtime-2.1';

  @Setting({
    env: 'OPENAI_TEXT_URL',
    gatewayOnly: true,
    doc: "Address of chat completions, for calls that go on by text while the realtime AI is away; null: OpenAI's where url is OpenAI's, elsewhere none.",
  })
  @IsOptional()
  @IsUrl({ protocols: ['https', 'http'], require_protocol: true, require_tld: false, disallow_auth: true })
  textUrl: string | null = null;

  @Setting({
    env: 'OPENAI_TEXT_MODEL',
    doc: 'Model of such calls, a quick one; at Azure the name of the deployment.',
  })
  @IsString()
  @Matches(/\S/, { message: 'must not be empty' })
  textModel = 'gpt-4.1-mini';

  @Setting({ doc: 'Longest answer by text in tokens, thoughts of a reasoning model included.' })
  @IsOptional()
  @IsInt()
  @Min(16)
  @Max(16_384)
  textMaxTokens: number | null = 400;

  @Setting({
    doc: 'How long an answer by text may take in all, in milliseconds; Twilio lets its caller wait 12000.',
  })
  @IsInt()
  @Min(500)
  @Max(60_000)
  textTimeoutMs = 10_000;

  @Setting({
    env: 'OPENAI_AUDIO_FORMAT',
    doc: 'pcm (24 kHz), or pcmu or pcma: the telephone format, passed through where the platform speaks it.',
  })
  @IsIn(['pcm', 'pcmu', 'pcma'])
  audioFormat: WireFormatName = 'pcm';

  @Setting({ doc: 'Header that carries the key: authorization (as a bearer token), or api-key (Azure).' })
  @IsIn(['authorization', 'api-key'])
  apiKeyHeader: 'authorization' | 'api-key' = 'authorization';

  @Setting({ doc: 'OpenAI organisation, for keys that belong to several.' })
  @IsOptional()
  @Matches(/^[\x21-\x7e]+$/)
  organization: string | null = null;

  @Setting({ doc: 'OpenAI project, for keys that belong to several.' })
  @IsOptional()
  @Matches(/^[\x21-\x7e]+$/)
  project: string | null = null;

  @Setting({ doc: 'Tell OpenAI a hash that stands for the caller, so that abuse by one does not harm all.' })
  @IsBoolean()
  safetyIdentifier = true;

  @Setting({
    doc: 'Voice, where the agent names none: alloy, ash, ballad, coral, echo, sage, shimmer, verse, marin, cedar, or the id of an own one.',
  })
  @IsOptional()
  @IsString()
  voice: string | null = 'marin';

  @Setting({ doc: 'Rate of speech, 0.25 to 1.5; 1 is natural.' })
  @IsOptional()
  @IsNumber()
  @Min(0.25)
  @Max(1.5)
  speed: number | null = null;

  @Setting({
    doc: 'Noise reduction before voice detection: near_field (handset), far_field (speaker phone).',
  })
  @IsOptional()
  @IsIn(['near_field', 'far_field'])
  noiseReduction: 'near_field' | 'far_field' | null = null;

  @Setting({
    doc: 'Model that writes down what the caller says; null: nobody does, and a lost session forgets it.',
  })
  @IsOptional()
  @IsString()
  transcriptionModel: string | null = 'gpt-transcribe';

  @Setting({ doc: 'Language of the caller, ISO 639-1, where the agent names none.' })
  @IsOptional()
  @Matches(/^[a-z]{2}$/)
  transcriptionLanguage: string | null = null;

  @Setting({ doc: 'Hints for the transcription, as the transcription model wants them.' })
  @IsOptional()
  @IsString()
  transcriptionPrompt: string | null = null;

  @Setting({
    doc: 'Words that the transcription should favour; gpt-transcribe and gpt-live-transcribe only.',
  })
  @IsArray()
  @IsString({ each: true })
  transcriptionKeywords: string[] = [];

  @Setting({ doc: 'Latency against accuracy of the transcription, where the model knows it.' })
  @IsOptional()
  @IsIn(['minimal', 'low', 'medium', 'high', 'xhigh'])
  transcriptionDelay: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null = null;

  @Setting({ doc: 'Ask for the log-probabilities of transcripts.' })
  @IsBoolean()
  includeLogprobs = false;

  @Setting({
    doc: "Who ends the caller's turn: server_vad (a pause), semantic_vad (a finished thought), none (a key press).",
  })
  @IsIn(['server_vad', 'semantic_vad', 'none'])
  turnDetection: 'server_vad' | 'semantic_vad' | 'none' = 'server_vad';

  @Setting({ doc: 'server_vad: how loud speech must be, 0 to 1; 0.6 to 0.8 on noisy lines.' })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  vadThreshold: number | null = null;

  @Setting({ doc: 'server_vad: sound kept from before the speech, in milliseconds.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  prefixPaddingMs: number | null = null;

  @Setting({ doc: 'server_vad: pause after which the turn is over, in milliseconds.' })
  @IsInt()
  @Min(50)
  silenceDurationMs = 500;

  @Setting({
    doc: 'server_vad: the end of speech that the server tells includes the pause, as with OpenAI. False: it does not, for compatible servers.',
  })
  @IsBoolean()
  speechEndIncludesSilence = true;

  @Setting({
    doc: 'server_vad: after this silence the agent asks whether the caller is still there, in milliseconds.',
  })
  @IsOptional()
  @IsInt()
  @Min(5000)
  @Max(30_000)
  idleTimeoutMs: number | null = null;

  @Setting({ doc: 'semantic_vad: how soon the agent takes the floor.' })
  @IsOptional()
  @IsIn(['low', 'medium', 'high', 'auto'])
  eagerness: 'low' | 'medium' | 'high' | 'auto' | null = null;

  @Setting({
    doc: 'True: OpenAI answers each turn by itself. False: the gateway asks, after a running response has ended.',
  })
  @IsBoolean()
  createResponse = true;

  @Setting({ doc: 'Speech of the caller silences the agent.' })
  @IsBoolean()
  interruptResponse = true;

  @Setting({ doc: 'Longest response in tokens, 1 to 4096 or "inf"; speech is cut where it is reached.' })
  @IsOptional()
  @Validate(IsOutputLimit)
  maxOutputTokens: number | 'inf' | null = null;

  @Setting({ doc: 'What happens to a conversation that grows too long: auto, disabled, retention_ratio.' })
  @IsOptional()
  @IsIn(['auto', 'disabled', 'retention_ratio'])
  truncation: 'auto' | 'disabled' | 'retention_ratio' | null = null;

  @Setting({ doc: 'retention_ratio: share that is kept when the conversation is cut.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  retentionRatio = 0.8;

  @Setting({ doc: 'retention_ratio: most tokens of conversation; bounds the cost of long calls.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  postInstructionsTokens: number | null = null;

  @Setting({ doc: 'How long a reasoning model thinks; low suits speech.' })
  @IsOptional()
  @IsIn(['minimal', 'low', 'medium', 'high', 'xhigh'])
  reasoningEffort: 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null = null;

  @Setting({ doc: 'Several functions may be called at once; reasoning models only.' })
  @IsOptional()
  @IsBoolean()
  parallelToolCalls: boolean | null = null;

  @Setting({ doc: 'none, auto, required, or the name of the function that must be called.' })
  @IsOptional()
  @IsString()
  toolChoice: string | null = null;

  @Setting({ doc: "Keep a trace of each call in OpenAI's dashboard under this workflow name." })
  @IsOptional()
  @IsString()
  tracingWorkflow: string | null = null;

  @Setting({
    doc: 'The server confirms its configuration. False: go on without, for compatible servers that never do.',
  })
  @IsBoolean()
  requireSessionUpdated = true;

  @Setting({ doc: 'How long the confirmation may take, in milliseconds.' })
  @IsInt()
  @Min(100)
  updatedTimeoutMs = 3000;

  @Setting({ doc: 'How long a call waits for OpenAI in all, in milliseconds.' })
  @IsInt()
  @Min(500)
  connectTimeoutMs = 8000;

  @Setting({ doc: 'Interval of pings, in milliseconds.' })
  @IsInt()
  @Min(1000)
  pingIntervalMs = 5000;

  @Setting({ doc: 'Without a sign of life for this long the connection is lost, in milliseconds.' })
  @IsInt()
  @Min(2000)
  pongTimeoutMs = 15_000;

  @Setting({
    doc: 'A running response without any event for this long means a lost connection, in milliseconds.',
  })
  @IsInt()
  @Min(1000)
  responseTimeoutMs = 10_000;

  @Setting({
    doc: 'How long a lost connection is tried to be restored before the call ends, in milliseconds.',
  })
  @IsInt()
  @Min(0)
  reconnectForMs = 10_000;

  @Setting({ doc: 'How long before the end of a session its successor is opened, in milliseconds.' })
  @IsInt()
  @Min(1000)
  rolloverMarginMs = 120_000;

  @Setting({
    doc: 'Longest session, in milliseconds, where the server ends it earlier than it says (Azure: 1800000).',
  })
  @IsOptional()
  @IsInt()
  @Min(1000)
  sessionLimitMs: number | null = null;

  @Setting({ doc: 'Turns and function calls that a new session is told of.' })
  @IsInt()
  @Min(0)
  @Max(500)
  historyTurns = 40;

  @Setting({ doc: 'Letters of conversation that a new session is told of; four make about one token.' })
  @IsInt()
  @Min(0)
  @Max(200_000)
  historyLetters = 16_000;

  @Setting({
    doc: 'Own prices: model name to dollars for a million tokens of each kind. Wins over the built-in table.',
  })
  @Validate(ArePrices)
  prices: Record<string, TokenPrices> = {};
}
