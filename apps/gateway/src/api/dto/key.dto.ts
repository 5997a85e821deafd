import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Matches } from 'class-validator';
import { OPERATOR_ROLES, type OperatorRole } from '#libs/contracts';
import type { ApiKey, NewApiKey } from '#libs/store';

export class CreateKeyDto {
  @ApiProperty({ description: 'For people, and in the audit log.', maxLength: 100, example: 'crm' })
  @IsString()
  @Matches(/^[^\p{C}]{1,100}$/u, { message: 'name must be 1 to 100 printable characters' })
  name!: string;

  @ApiProperty({ enum: OPERATOR_ROLES })
  @IsIn(OPERATOR_ROLES)
  role!: OperatorRole;
}

export class KeyDto implements ApiKey {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: OPERATOR_ROLES })
  role!: OperatorRole;

  @ApiProperty({ description: 'Milliseconds since 1970.' })
  createdAt!: number;

  @ApiProperty()
  createdBy!: string;

  @ApiProperty({ type: Number, nullable: true })
  lastUsedAt!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  revokedAt!: number | null;
}

export class KeysDto {
  @ApiProperty({ type: [KeyDto] })
  items!: readonly ApiKey[];
}

export class NewKeyDto implements NewApiKey {
  @ApiProperty({ type: KeyDto })
  key!: ApiKey;

  @ApiProperty({ description: 'Shown once; nobody can be told it again.' })
  secret!: string;
}
