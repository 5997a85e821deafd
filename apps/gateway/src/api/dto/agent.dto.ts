import { ApiProperty } from '@nestjs/swagger';
import type { DocumentView, VersionInfo } from '#libs/agents';

/** Which version of a document, and who made it. */
export class VersionDto implements VersionInfo {
  @ApiProperty({ enum: ['agent', 'routes'] })
  kind!: VersionInfo['kind'];

  @ApiProperty({ description: 'Of the agent; empty for routes.' })
  name!: string;

  @ApiProperty({ description: 'Counts up; 0: from a file while the database is away.' })
  version!: number;

  @ApiProperty({ enum: ['file', 'api', 'removed'] })
  origin!: VersionInfo['origin'];

  @ApiProperty({ description: 'An operator, or the file it came from.' })
  by!: string;

  @ApiProperty({ description: 'Milliseconds since 1970.' })
  at!: number;
}

export class VersionsDto {
  @ApiProperty({ type: [VersionDto] })
  items!: readonly VersionInfo[];
}

export class AgentViewDto extends VersionDto implements DocumentView {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'As it was written, without defaults; secrets are shown as "hidden". Null: a removal.',
  })
  document!: unknown;
}

export class AgentsDto {
  @ApiProperty({ type: [AgentViewDto] })
  items!: readonly DocumentView[];
}

export class RoutesViewDto extends VersionDto implements DocumentView {
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    nullable: true,
    description: 'The first route whose conditions all hold decides.',
  })
  document!: unknown;
}
