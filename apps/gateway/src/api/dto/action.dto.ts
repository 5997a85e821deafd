import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { IsTransferTarget } from '#libs/agents';

export class SayDto {
  @ApiProperty({ description: 'Said as it stands.', maxLength: 2000 })
  @IsString()
  @MinLength(1)
  @MaxLength(2000)
  text!: string;
}

export class WhisperDto {
  @ApiProperty({ description: 'For the agent; the caller does not hear it.', maxLength: 4000 })
  @IsString()
  @MinLength(1)
  @MaxLength(4000)
  text!: string;
}

export class MuteDto {
  @ApiProperty({ description: 'False lets the agent be heard again.' })
  @IsBoolean()
  muted!: boolean;
}

export class HangUpDto {
  @ApiPropertyOptional({ description: 'What is being said is heard to its end first.', default: false })
  @IsOptional()
  @IsBoolean()
  afterLastWord?: boolean;
}

export class TransferDto {
  @ApiProperty({ description: 'A number or SIP address.', example: '+4930111222' })
  @IsString()
  @IsTransferTarget({
    message: 'to must be a number such as +49301234567 or an address such as sip:desk@example.com',
  })
  to!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Said and heard before.',
    maxLength: 2000,
  })
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  say?: string | null;
}

export class DtmfDto {
  @ApiProperty({ description: '0-9, *, #, A-D, w (half a second).', example: '12w#' })
  @IsString()
  @Matches(/^[0-9*#A-Dw]{1,64}$/, { message: 'digits must be 1 to 64 of 0-9, *, #, A-D and w' })
  digits!: string;
}
