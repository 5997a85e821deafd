import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';

export class ErasureRequestDto {
  @ApiProperty({ description: 'A number or address, exactly as calls hold it.', example: '+4930111222' })
  @IsString()
  @Matches(/^[^\p{C}]{1,250}$/u, { message: 'party must be 1 to 250 printable characters' })
  party!: string;
}

/** What was erased. */
export class ErasureDto {
  @ApiProperty({ description: 'Calls whose parties, transcripts and events are gone.' })
  calls!: number;

  @ApiProperty({ description: 'Orders to dial that name it no more.' })
  orders!: number;

  @ApiProperty({ description: 'Recordings that are gone.' })
  recordings!: number;

  @ApiProperty({ description: 'Events for webhooks that are not told any more.' })
  webhookEvents!: number;

  @ApiProperty({
    type: [String],
    description:
      'Calls whose recording could not be deleted, since they still run. Ask again when they are over.',
  })
  stillRecording!: readonly string[];

  @ApiProperty({
    type: [String],
    description:
      'Calls whose recording lies on the disk of another gateway of this database. It deletes them within an hour, or with its next start.',
  })
  recordingsElsewhere!: readonly string[];
}
