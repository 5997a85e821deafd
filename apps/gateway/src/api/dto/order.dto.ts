import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';
import { SLUG } from '#libs/agents';
import {
  type Callee,
  DIAL_OUTCOMES,
  type DialOutcome,
  type DialRequest,
  type DialState,
  type DialStatus,
} from '#libs/contracts';

const MOST_PARAMETERS = 50;
const LONGEST_PARAMETER = 1000;
const ON_MACHINE = ['continue', 'hang-up'] as const;
const PARTY = /^(\+?\d[\d ().-]{2,30}|sips?:[^\s<>"]{3,250}|[\w.:@+-]{1,100})$/;

function areParameters(value: unknown): boolean {
  const entries = Object.entries((value ?? {}) as object);
  return (
    entries.length <= MOST_PARAMETERS &&
    entries.every(
      ([name, one]) =>
        /^[\w.-]{1,64}$/.test(name) && typeof one === 'string' && one.length <= LONGEST_PARAMETER,
    )
  );
}

/** A call to be placed. Null stands for a field that is left out. */
export class OrderDto implements DialRequest {
  @ApiProperty({ example: '+4930111222' })
  @IsString()
  @Matches(PARTY, { message: 'to must be a number such as +4930111222' })
  to!: string;

  @ApiPropertyOptional({
    nullable: true,
    description: "Shown to the callee; the platform's own number otherwise.",
  })
  @IsOptional()
  @IsString()
  @Matches(PARTY, { message: 'from must be a number such as +4930111222' })
  from?: string;

  @ApiProperty({ description: 'Name of the agent that speaks.', example: 'reception' })
  @IsString()
  @Matches(SLUG, { message: 'agent must be the name of an agent' })
  agent!: string;

  @ApiPropertyOptional({ nullable: true, example: 'twilio' })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  platform?: string;

  @ApiPropertyOptional({
    nullable: true,
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Variables of the instructions.',
  })
  @IsOptional()
  @IsObject()
  @ValidateBy({
    name: 'parameters',
    validator: {
      validate: areParameters,
      defaultMessage: () =>
        `parameters must map at most ${MOST_PARAMETERS} names to text of at most ${LONGEST_PARAMETER} letters`,
    },
  })
  parameters?: Record<string, string>;

  @ApiPropertyOptional({
    nullable: true,
    description: 'Find out beside the call whether a person or a machine answered.',
  })
  @IsOptional()
  @IsBoolean()
  detectMachine?: boolean;

  @ApiPropertyOptional({
    nullable: true,
    enum: ON_MACHINE,
    default: 'continue',
    description: 'What happens to a call that a machine answered, where that is found out.',
  })
  @IsOptional()
  @IsIn(ON_MACHINE)
  onMachine?: (typeof ON_MACHINE)[number];

  @ApiPropertyOptional({
    nullable: true,
    description: 'The platform makes a recording of its own, if calls of the agent are recorded.',
  })
  @IsOptional()
  @IsBoolean()
  recordAtPlatform?: boolean;

  @ApiPropertyOptional({ nullable: true, minimum: 5000, maximum: 600_000 })
  @IsOptional()
  @IsInt()
  @Min(5000)
  @Max(600_000)
  ringForMs?: number;

  @ApiPropertyOptional({
    nullable: true,
    description: "IANA name of the callee's time zone; otherwise told by the number.",
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  timeZone?: string;

  @ApiPropertyOptional({ nullable: true, description: 'Not before; milliseconds since 1970.' })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(8_640_000_000_000_000)
  notBeforeAt?: number;
}

const STATES: readonly DialState[] = ['queued', 'dialling', 'ringing', 'answered', 'over'];
const CALLEES: readonly Callee[] = ['human', 'machine', 'fax', 'unknown'];

export class OrderStatusDto implements DialStatus {
  @ApiProperty()
  orderId!: string;

  @ApiProperty({ enum: STATES })
  state!: DialState;

  @ApiProperty()
  attempts!: number;

  @ApiProperty({ enum: DIAL_OUTCOMES, nullable: true })
  outcome!: DialOutcome | null;

  @ApiProperty({ type: String, nullable: true })
  code!: string | null;

  @ApiProperty({ enum: CALLEES, nullable: true })
  callee!: Callee | null;

  @ApiProperty({ type: String, nullable: true, description: 'Once the call is there.' })
  callId!: string | null;

  @ApiProperty({ type: Number, nullable: true })
  notBeforeAt!: number | null;
}
