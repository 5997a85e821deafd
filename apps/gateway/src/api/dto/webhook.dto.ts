import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsOptional,
  IsString,
  MaxLength,
} from 'class-validator';
import {
  DEFAULT_EVENTS,
  type NewWebhook,
  type OutboxCounts,
  WEBHOOK_EVENTS,
  type Webhook,
  type WebhookRequest,
} from '#libs/webhooks';

export class WebhookRequestDto implements WebhookRequest {
  @ApiProperty({ example: 'https://crm.example.com/calls', maxLength: 2000 })
  @IsString()
  @MaxLength(2000)
  url!: string;

  @ApiPropertyOptional({
    type: [String],
    default: DEFAULT_EVENTS,
    description: `Types, or beginnings such as \`call.*\`: ${WEBHOOK_EVENTS.join(', ')}.`,
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  events?: string[];

  @ApiPropertyOptional({
    type: [String],
    nullable: true,
    description: 'Only calls of these agents; null: of all. Orders to dial are told where it is null.',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(64, { each: true })
  agents?: string[] | null;

  @ApiPropertyOptional({ default: true })
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional({
    description: '`whsec_` and base64 of 24 to 64 bytes; absent: one is made, or the known one stays.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  secret?: string;
}

export class WebhookDto implements Webhook {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  url!: string;

  @ApiProperty({ type: [String] })
  events!: readonly string[];

  @ApiProperty({ type: [String], nullable: true })
  agents!: readonly string[] | null;

  @ApiProperty({ description: 'Also switched off by an endpoint that answers 410.' })
  enabled!: boolean;

  @ApiProperty({ description: 'Milliseconds since 1970.' })
  createdAt!: number;

  @ApiProperty()
  createdBy!: string;

  @ApiProperty({ type: Number, nullable: true, description: 'Nothing was delivered since then.' })
  failingSince!: number | null;

  @ApiProperty({ type: Number, nullable: true, description: 'Left alone until then.' })
  pausedUntil!: number | null;

  @ApiProperty({ type: String, nullable: true, example: 'WEBHOOK_STATUS_500' })
  lastCode!: string | null;
}

export class WebhookDetailsDto extends WebhookDto implements OutboxCounts {
  @ApiProperty({ description: 'Events that are still to be delivered.' })
  waiting!: number;

  @ApiProperty({ description: 'Events that were given up within the last week.' })
  dead!: number;
}

export class WebhooksDto {
  @ApiProperty({ type: [WebhookDto] })
  items!: readonly Webhook[];
}

export class NewWebhookDto implements NewWebhook {
  @ApiProperty({ type: WebhookDto })
  webhook!: Webhook;

  @ApiProperty({ description: 'Signs what is sent. Shown once.' })
  secret!: string;
}

/** What an endpoint is sent. */
export class WebhookEventDto {
  @ApiProperty({ enum: WEBHOOK_EVENTS })
  type!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Null: an event of no call.' })
  callId!: string | null;

  @ApiProperty({ description: 'Milliseconds since the call began.' })
  atMs!: number;

  @ApiProperty({ description: 'Milliseconds since 1970.' })
  at!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: "What the event says, redacted as the call's agent asks. Never sound.",
  })
  data!: object;
}
