import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { REDACTIONS, type Redaction } from '#libs/contracts';
import {
  AreToolReferences,
  AreVariables,
  IsPlainWords,
  IsTemplate,
  IsTimeZone,
  IsTransferTarget,
  IsWavFile,
  IsWebAddress,
  IsWebhookSecret,
} from './checks.js';
import type { ToolReference } from './ports.js';

const DAY_MS = 86_400_000;
/** A hundred years: what is added to an instant must stay one. */
const LONGEST_KEPT_MS = 36_525 * DAY_MS;
/** An agent's name. */
export const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Ends a call that runs on. */
export class LimitsDocument {
  /** Longest call in milliseconds; null: no limit. */
  @IsOptional()
  @IsInt()
  @Min(1000)
  @Max(DAY_MS)
  maxDurationMs: number | null = null;

  /** Most a call may cost in dollars by the backend's accounts; null: no limit. */
  @IsOptional()
  @IsNumber()
  @Min(0.001)
  @Max(10_000)
  maxCostUsd: number | null = null;
}

/** A caller who is silent is asked whether he is still there, and let go in the end. */
export class IdleDocument {
  /** Silence on both sides in milliseconds after which he is asked; null: never. */
  @IsOptional()
  @IsInt()
  @Min(1000)
  @Max(3_600_000)
  afterMs: number | null = null;

  /** So often is he asked before he is let go; 0: he is let go without a question. */
  @IsInt()
  @Min(0)
  @Max(10)
  questions = 2;

  @IsPlainWords(500)
  question = 'Are you still there?';

  @IsPlainWords(500)
  goodbye = 'I cannot hear you any more, so I will hang up now. Goodbye.';
}

export class RecordingDocument {
  /** Said before the greeting; null: nothing is said, since consent was had elsewhere. May hold `{{variables}}`. */
  @IsOptional()
  @IsTemplate(1000)
  announcement: string | null = 'This call is recorded.';

  /** Also while the caller waits for the AI; otherwise from the connection on. */
  @IsBoolean()
  fromAnswer = false;

  /** Recordings are deleted after this time in milliseconds; null: never. */
  @IsOptional()
  @IsInt()
  @Min(60_000)
  @Max(LONGEST_KEPT_MS)
  keepForMs: number | null = null;
}

export class PrivacyDocument {
  /** What is taken out of transcripts, logs and webhooks before they are written. */
  @IsArray()
  @IsIn(REDACTIONS, { each: true })
  redact: Redaction[] = [];

  /** Transcripts and journals are deleted after this time in milliseconds; null: never. */
  @IsOptional()
  @IsInt()
  @Min(60_000)
  @Max(LONGEST_KEPT_MS)
  keepForMs: number | null = null;
}

export class OtherBackendDocument {
  @IsString()
  @MinLength(1)
  name!: string;

  /** That backend's own settings, over the gateway's. */
  @IsObject()
  settings: Record<string, unknown> = {};
}

/** What happens when the AI cannot be had or breaks down. In this order, as far as each is set. */
export class AwayDocument {
  /** Asked in this order; a name alone stands for that backend with the gateway's settings. */
  @IsArray()
  @ArrayMaxSize(5)
  @ValidateNested({ each: true })
  @Type(() => OtherBackendDocument)
  otherBackends: OtherBackendDocument[] = [];

  /** A WAV file (16-bit PCM, mono) that the caller hears; null: the one that ships with Patchbay. */
  @IsOptional()
  @IsWavFile()
  announcement: string | null = null;

  /** A number or SIP address that takes the caller, where the platform can transfer. */
  @IsOptional()
  @IsTransferTarget()
  transferTo: string | null = null;

  /** Goes on in turns of text on platforms that can. */
  @IsBoolean()
  turns = false;
}

/** A webhook that knows more about the call: POST of JSON, answered with an object of variables. */
export class LookupDocument {
  @IsWebAddress()
  url!: string;

  /** The caller waits for this at most, in milliseconds; then the variables stay empty. */
  @IsInt()
  @Min(100)
  @Max(10_000)
  timeoutMs = 1500;

  /** Signs the request after Standard Webhooks; null: it is not signed. Never shown again. */
  @IsOptional()
  @IsWebhookSecret()
  secret: string | null = null;
}

/** An agent as data. Instructions, greeting and the recording's announcement may hold `{{variables}}`. */
export class AgentDocument {
  @Matches(SLUG, { message: 'must be small letters, digits and hyphens, at most 63' })
  name!: string;

  /** For people; the agent is not told. */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  description: string | null = null;

  /** Null: the gateway's own. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  backend: string | null = null;

  /** The backend's own settings (model, voice, turn detection, audio format …), over the gateway's. */
  @IsObject()
  settings: Record<string, unknown> = {};

  @IsTemplate(100_000)
  instructions!: string;

  /** What variables hold where the call brings nothing. Anything the call brings replaces it. */
  @AreVariables()
  variables: Record<string, string | number | boolean> = {};

  /** What the agent says first; null: it waits for the caller. */
  @IsOptional()
  @IsTemplate(2000)
  greeting: string | null = null;

  /** By the backend's name; null: the backend's own setting. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  voice: string | null = null;

  /** ISO 639-1; null: the backend finds out. */
  @IsOptional()
  @Matches(/^[a-z]{2}$/, { message: 'must be two small letters, as ISO 639-1 has them' })
  language: string | null = null;

  /** Of `{{date}}` and `{{time}}`; null: the gateway's. */
  @IsOptional()
  @IsTimeZone()
  timeZone: string | null = null;

  /** Names of tools, or definitions of their own. */
  @IsArray()
  @ArrayMaxSize(100)
  @AreToolReferences()
  tools: ToolReference[] = [];

  @IsObject()
  @ValidateNested()
  @Type(() => LimitsDocument)
  limits = new LimitsDocument();

  @IsObject()
  @ValidateNested()
  @Type(() => IdleDocument)
  idle = new IdleDocument();

  /** Null: calls are not recorded. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RecordingDocument)
  recording: RecordingDocument | null = null;

  @IsObject()
  @ValidateNested()
  @Type(() => PrivacyDocument)
  privacy = new PrivacyDocument();

  @IsObject()
  @ValidateNested()
  @Type(() => AwayDocument)
  whenAiIsAway = new AwayDocument();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => LookupDocument)
  lookup: LookupDocument | null = null;
}
