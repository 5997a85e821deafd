import { IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { SLUG } from './agent-document.dto.js';
import { AreTexts } from './checks.js';

/** Which calls an agent answers. Every condition that is given must hold; the first route of the list that fits wins. */
export class RouteDocument {
  /** `twilio`, `audiocodes` … */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  platform: string | null = null;

  /** The called number or address, whole, or its beginning with `*` behind it. Blanks, hyphens, brackets and a leading + do not count. */
  @IsOptional()
  @Matches(/^[^*\s][^*]{0,249}\*?$|^\*$/, {
    message: 'must be a number or address, with at most one * as its end',
  })
  to: string | null = null;

  /** What the platform's own configuration calls the bot. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  botName: string | null = null;

  /** Custom parameters of the call and what each must be. They are strangers' data: anybody who calls may know how to set them. */
  @AreTexts()
  parameters: Record<string, string> = {};

  @Matches(SLUG, { message: 'must be the name of an agent' })
  agent!: string;
}
