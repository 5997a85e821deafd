import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import {
  Allow,
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
} from 'class-validator';
import { badData, tooDeep } from './errors.js';
import { type MessageId, type SoundForm, SPEAKERS, type Speaker } from './messages.js';

const LONGEST_TEXT = 2000;

export class MonitorDto {
  /** Checked before it comes here. */
  @Allow()
  id: MessageId;
}

export class CallDto extends MonitorDto {
  @IsString()
  @Length(1, 128)
  callId = '';
}

export class AudioDto extends CallDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(2)
  @ArrayUnique()
  @IsIn(SPEAKERS, { each: true })
  speakers: Speaker[] = [];

  @IsOptional()
  @IsIn(['binary', 'json'])
  form?: SoundForm | null;
}

export class WordsDto extends CallDto {
  @IsString()
  @Length(1, LONGEST_TEXT)
  @Matches(/\S/)
  text = '';
}

export class MuteDto extends CallDto {
  @IsBoolean()
  muted!: boolean;
}

/**
 * No message of a viewer holds more than plain values and lists of them. What does is refused before it is read, since the
 * libraries that read it descend as deep as it goes.
 */
class MonitorPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'body' && !isFlat(value)) throw tooDeep();
    return super.transform(value, metadata);
  }
}

/** Answers with the names of fields only: what was sent may hold words of people. */
export const monitorPipe = new MonitorPipe({
  transform: true,
  whitelist: true,
  exceptionFactory: (errors) => badData(errors.map(({ property }) => property)),
});

function isFlat(data: unknown): boolean {
  const values = Object.values(data as object);
  return values.every((value) => (Array.isArray(value) ? value.every(isPlain) : isPlain(value)));
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}
