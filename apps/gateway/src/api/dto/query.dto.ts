import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { type CallQuery, END_REASONS, type EndReason } from '#libs/contracts';
import { TRANSCRIPT_FORMATS, type TranscriptFormat } from '#libs/store';

const LATEST_AT = 8_640_000_000_000_000;

/** `true` and `false` as a query writes them; anything else is left for the check to refuse. */
const asBoolean = Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : value));

/** A query brings a number as text; what is none is left for the check to refuse. */
const WholeNumber = (least: number, most: number) =>
  applyDecorators(
    Max(most),
    Min(least),
    IsInt(),
    Type(() => Number),
  );

export class CallQueryDto implements CallQuery {
  @ApiPropertyOptional({ example: 'twilio' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  platform?: string;

  @ApiPropertyOptional({ example: 'reception' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  agent?: string;

  @ApiPropertyOptional({ enum: ['inbound', 'outbound'] })
  @IsOptional()
  @IsIn(['inbound', 'outbound'])
  direction?: 'inbound' | 'outbound';

  @ApiPropertyOptional({ enum: END_REASONS })
  @IsOptional()
  @IsIn(END_REASONS)
  endReason?: EndReason;

  @ApiPropertyOptional({ description: 'Number of the caller or callee, exactly as it is kept (+ as %2B).' })
  @IsOptional()
  @IsString()
  @MaxLength(250)
  party?: string;

  @ApiPropertyOptional({ description: 'Words in the transcript; each must be there.' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  text?: string;

  @ApiPropertyOptional({ description: 'Calls that began then or later; milliseconds since 1970.' })
  @IsOptional()
  @WholeNumber(0, LATEST_AT)
  fromAt?: number;

  @ApiPropertyOptional({ description: 'Calls that began before; milliseconds since 1970.' })
  @IsOptional()
  @WholeNumber(0, LATEST_AT)
  beforeAt?: number;

  @ApiPropertyOptional({ description: 'Only calls that run, or only those that are over.' })
  @IsOptional()
  @asBoolean
  @IsBoolean()
  running?: boolean;

  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 })
  @IsOptional()
  @WholeNumber(1, 200)
  limit?: number;

  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(400)
  cursor?: string;
}

export class CallDetailsQueryDto {
  @ApiPropertyOptional({ description: 'With the transcript.', default: false })
  @IsOptional()
  @asBoolean
  @IsBoolean()
  transcript?: boolean;
}

export class TranscriptQueryDto {
  @ApiPropertyOptional({ enum: TRANSCRIPT_FORMATS, default: 'json' })
  @IsOptional()
  @IsIn(TRANSCRIPT_FORMATS)
  format?: TranscriptFormat;
}

export class EventsQueryDto {
  @ApiPropertyOptional({ description: 'Events behind this one.', default: 0 })
  @IsOptional()
  @WholeNumber(-1, 2_000_000_000)
  afterSeq?: number;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 200 })
  @IsOptional()
  @WholeNumber(1, 1000)
  limit?: number;
}

export class NumbersQueryDto {
  @ApiProperty({ description: 'Milliseconds since 1970.' })
  @WholeNumber(0, LATEST_AT)
  from!: number;

  @ApiProperty({ description: 'Not included; milliseconds since 1970.' })
  @WholeNumber(0, LATEST_AT)
  before!: number;
}

export class VersionQueryDto {
  @ApiPropertyOptional({ description: 'This version in place of the one in use.' })
  @IsOptional()
  @WholeNumber(0, 2_000_000_000)
  version?: number;
}
