import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  type CallNumbers,
  type CallRecord,
  type CallState,
  END_OWNERS,
  END_REASONS,
  type EndOwner,
  type EndReason,
  type JournalEntry,
  type Page,
  type QualitySample,
  type RecordingInfo,
  type ToolUse,
  type Track,
  type TranscriptItem,
} from '#libs/contracts';

const AT = 'Milliseconds since 1970.';
const FIGURES = { type: 'object', additionalProperties: true, nullable: true } as const;

export class ToolUseDto implements ToolUse {
  @ApiProperty()
  name!: string;

  @ApiProperty()
  failed!: boolean;

  @ApiProperty({ description: 'Milliseconds.' })
  tookMs!: number;
}

export class RecordingInfoDto implements RecordingInfo {
  @ApiProperty({ enum: ['running', 'saved', 'failed', 'deleted'] })
  state!: RecordingInfo['state'];

  @ApiProperty({ example: 24000 })
  sampleRate!: number;

  @ApiProperty()
  durationMs!: number;

  @ApiProperty()
  bytes!: number;
}

/** What is kept of a call. */
export class CallDto implements CallRecord {
  @ApiProperty({ example: '4f1f0d4e-6f0b-4a50-9d7f-7b3f1f2c9a10' })
  callId!: string;

  @ApiProperty({ example: 'twilio' })
  platform!: string;

  @ApiProperty({ description: "The platform's own id." })
  platformCallId!: string;

  @ApiProperty({ enum: ['inbound', 'outbound'] })
  direction!: 'inbound' | 'outbound';

  @ApiProperty({ type: String, nullable: true, description: 'Personal data; null when forgotten.' })
  from!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Personal data; null when forgotten.' })
  to!: string | null;

  @ApiProperty({ example: 'reception' })
  agent!: string;

  @ApiProperty({ description: 'The version with which the call began.' })
  agentVersion!: number;

  @ApiProperty({ example: 'openai-realtime' })
  backend!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Of a call that was ordered.' })
  orderId!: string | null;

  @ApiProperty({ description: AT })
  startedAt!: number;

  @ApiProperty({ type: Number, nullable: true, description: AT })
  connectedAt!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: `${AT} Null while the call runs.` })
  endedAt!: number | null;

  @ApiProperty({ enum: END_REASONS, nullable: true })
  endReason!: EndReason | null;

  @ApiProperty({ enum: END_OWNERS, nullable: true, description: 'Which side ended it.' })
  endOwner!: EndOwner | null;

  @ApiProperty({ type: String, nullable: true })
  endCode!: string | null;

  @ApiProperty({ ...FIGURES, description: 'Latencies, turns, interruptions, tokens of the whole call.' })
  figures!: CallRecord['figures'];

  @ApiProperty({ ...FIGURES, description: 'Sound quality of the tracks `caller` and `agent`.' })
  quality!: Readonly<Record<Track, QualitySample | null>> | null;

  @ApiProperty({ type: [ToolUseDto] })
  tools!: readonly ToolUse[];

  @ApiProperty({ type: RecordingInfoDto, nullable: true })
  recording!: RecordingInfo | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Null where the price is not known.' })
  costUsd!: number | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: `${AT} Transcript, events and parties go then.`,
  })
  forgetAt?: number | null;

  @ApiPropertyOptional({ type: Number, nullable: true, description: `${AT} The recording goes then.` })
  recordingDueAt?: number | null;
}

export class CallPageDto implements Page<CallRecord> {
  @ApiProperty({ type: [CallDto] })
  items!: readonly CallRecord[];

  @ApiProperty({ type: String, nullable: true, description: 'Of the next page; null: this was the last.' })
  nextCursor!: string | null;
}

export class TranscriptItemDto implements Omit<TranscriptItem, 'callId'> {
  @ApiProperty()
  itemId!: string;

  @ApiProperty({ enum: ['caller', 'agent', 'operator'] })
  speaker!: TranscriptItem['speaker'];

  @ApiProperty({ description: 'Milliseconds since the call began.' })
  atMs!: number;

  @ApiProperty({ type: Number, nullable: true })
  endMs!: number | null;

  @ApiProperty({ description: 'All words that were said.' })
  said!: string;

  @ApiProperty({ description: 'The words of them that were heard.' })
  heard!: string;

  @ApiProperty({ type: Number, nullable: true })
  heardMs!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  sentMs!: number | null;
}

const STATES: readonly CallState[] = ['offered', 'connecting', 'active', 'suspended', 'ending', 'ended'];

/** A call that runs in the gateway that was asked. */
export class LiveCallDto {
  @ApiProperty({ enum: STATES })
  state!: CallState;

  @ApiProperty({ description: 'The agent is not heard.' })
  muted!: boolean;

  @ApiProperty({ description: 'An operator speaks in place of the agent.' })
  takenOver!: boolean;
}

export class CallDetailsDto extends CallDto {
  @ApiProperty({ type: LiveCallDto, nullable: true, description: 'Null: it does not run in this gateway.' })
  live!: LiveCallDto | null;

  @ApiPropertyOptional({ type: [TranscriptItemDto], description: 'Where it was asked for.' })
  transcript?: readonly TranscriptItem[];
}

export class TranscriptDto {
  @ApiProperty()
  callId!: string;

  @ApiProperty()
  agent!: string;

  @ApiProperty()
  agentVersion!: number;

  @ApiProperty({ description: AT })
  startedAt!: number;

  @ApiProperty({ type: Number, nullable: true, description: AT })
  endedAt!: number | null;

  @ApiProperty({ type: [TranscriptItemDto] })
  items!: readonly TranscriptItemDto[];
}

export class CallEventDto implements Omit<JournalEntry, 'callId'> {
  @ApiProperty({ description: 'Counts up within the call.' })
  seq!: number;

  @ApiProperty({ description: 'Milliseconds since the call began.' })
  atMs!: number;

  @ApiProperty({ example: 'call.connected' })
  type!: string;

  @ApiProperty({ type: 'object', additionalProperties: true })
  data!: object;
}

export class CallEventsDto {
  @ApiProperty({ type: [CallEventDto] })
  items!: readonly CallEventDto[];

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'For `afterSeq`; null: these were the last so far.',
  })
  nextAfterSeq!: number | null;
}

const COUNTS = { type: 'object', additionalProperties: { type: 'number' } } as const;

export class CallNumbersDto implements CallNumbers {
  @ApiProperty()
  calls!: number;

  @ApiProperty()
  running!: number;

  @ApiProperty(COUNTS)
  byEndReason!: Readonly<Record<string, number>>;

  @ApiProperty(COUNTS)
  byAgent!: Readonly<Record<string, number>>;

  @ApiProperty({ type: Number, nullable: true })
  meanDurationMs!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  meanTurnLatencyMs!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: '0 … 100.' })
  meanScore!: number | null;

  @ApiProperty()
  costUsd!: number;
}
