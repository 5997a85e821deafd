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

  @ApiProperty({
    description: 'Orders to dial that name it no more, with those that waited and were cancelled.',
  })
  orders!: number;

  @ApiProperty({ description: 'Orders among them that waited to be dialled: they are cancelled.' })
  ordersCancelled!: number;

  @ApiProperty({
    type: [String],
    description:
      'Orders whose call is being placed or runs. Who has not answered is not rung on, nobody is dialled again, and they name the number no more as soon as they are over.',
  })
  ordersUnderWay!: readonly string[];

  @ApiProperty({ description: 'Recordings that are gone.' })
  recordings!: number;

  @ApiProperty({ description: 'Events for webhooks that are not told any more.' })
  webhookEvents!: number;

  @ApiProperty({
    type: [String],
    description:
      'Calls that still run. What is recorded of them, by the platform too, is deleted when they are over; nobody needs to ask again.',
  })
  stillRecording!: readonly string[];

  @ApiProperty({
    type: [String],
    description:
      'Calls whose recording lies on the disk of another gateway of this database. It deletes them within an hour, or with its next start.',
  })
  recordingsElsewhere!: readonly string[];

  @ApiProperty({
    type: [String],
    description:
      'Calls whose recording could not be deleted now, mostly because its store is away or refuses. It is due, and is tried again each hour.',
  })
  recordingsDue!: readonly string[];
}
