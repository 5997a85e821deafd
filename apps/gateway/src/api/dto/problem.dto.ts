import { ApiProperty } from '@nestjs/swagger';
import type { Problem } from '../../http/problem.js';

/** An error, after RFC 9457. */
export class ProblemDto implements Problem {
  @ApiProperty({ example: 'urn:patchbay:error:CALL_NOT_RUNNING' })
  type!: string;

  @ApiProperty({ description: 'What the status means.', example: 'Not Found' })
  title!: string;

  @ApiProperty({ example: 404 })
  status!: number;

  @ApiProperty({ description: 'What happened.', example: 'No call of this id is running here.' })
  detail!: string;

  @ApiProperty({ description: 'Stable, for programs.', example: 'CALL_NOT_RUNNING' })
  code!: string;

  @ApiProperty({ type: String, nullable: true, description: 'What to do about it.' })
  advice!: string | null;

  @ApiProperty({
    type: [String],
    required: false,
    description: 'What is wrong with what was sent, each in one sentence.',
  })
  problems?: string[];
}
