import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
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
} from 'class-validator';

/** What vendors of models take as the name of a function. */
const TOOL_NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/;
const NAME_WORDS = { message: 'name must be a letter, then letters, digits, "_" and "-", 64 at most' };
const LIST_WORDS = { message: 'tools must be a list of names; "*" stands for all' };

/** A function that is somebody's HTTP server. */
export class WebhookDto {
  /** Where the tool stands in the configuration, its key there is its name. */
  @Matches(TOOL_NAME, NAME_WORDS)
  name!: string;

  @IsString()
  @MaxLength(1024)
  description!: string;

  /** JSON Schema of type object. */
  @IsObject()
  parameters: Record<string, unknown> = { type: 'object', properties: {}, additionalProperties: false };

  @IsString()
  @MaxLength(2048)
  url!: string;

  @IsIn(['POST'])
  method = 'POST';

  /** For all attempts together. */
  @IsInt()
  @Min(100)
  @Max(120_000)
  timeoutMs = 10_000;

  /** `whsec_` and base64. */
  @IsOptional()
  @IsString()
  secret: string | null = null;

  @IsObject()
  headers: Record<string, string> = {};

  @IsInt()
  @Min(0)
  @Max(5)
  retries = 2;

  /** Said by the agent when it takes longer than a moment. */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  bridge: string | null = null;

  @IsOptional()
  @IsString()
  @MaxLength(300)
  sayOnFailure: string | null = null;

  /** The request names the numbers of the caller and the callee. */
  @IsBoolean()
  sendParties = false;
}

/** A server of many functions: by `url`, or by `command` where the configuration is a file. */
export class McpDto {
  /** Stands before the names of its tools. */
  @Matches(/^[a-zA-Z][a-zA-Z0-9-]{0,23}$/, {
    message: 'name must be a letter, then letters, digits and "-", 24 at most',
  })
  name!: string;

  @IsOptional()
  @IsString()
  @MaxLength(2048)
  url: string | null = null;

  @IsObject()
  headers: Record<string, string> = {};

  @IsOptional()
  @IsString()
  command: string | null = null;

  @IsArray()
  @IsString({ each: true })
  args: string[] = [];

  @IsObject()
  env: Record<string, string> = {};

  /** Names that are offered, `find_*` for all that begin so, `*` for all. */
  @IsArray(LIST_WORDS)
  @ArrayMinSize(1, LIST_WORDS)
  @IsString({ each: true, ...LIST_WORDS })
  tools!: string[];

  @IsInt()
  @Min(100)
  @Max(120_000)
  timeoutMs = 15_000;

  @IsOptional()
  @IsString()
  @MaxLength(300)
  bridge: string | null = null;
}

export class TransferDto {
  /** Names that the model chooses from, each a number or SIP address or a `TransferDestinationDto`. */
  @IsObject()
  destinations: Record<string, unknown> = {};

  /** Numbers that begin so may be chosen by the model itself. */
  @IsArray()
  @ArrayMaxSize(50)
  @Matches(/^\+[1-9]\d{0,14}$/, { each: true, message: 'anyNumber must be beginnings such as "+4930"' })
  anyNumber: string[] = [];
}

export class TransferDestinationDto {
  /** Read by `transferTarget`: however people write a number, it is E.164 here. */
  @Matches(/^(\+[1-9]\d{4,14}|sips?:[^\s<>"]{3,200})$/, {
    message: 'to must be a number such as "+493012345678" or a SIP address such as "sip:sales@example.com"',
  })
  to!: string;

  @IsOptional()
  @IsString()
  @MaxLength(300)
  description: string | null = null;

  @IsOptional()
  @IsString()
  @MaxLength(300)
  say: string | null = null;
}

export class CollectDigitsDto {
  @Matches(TOOL_NAME, NAME_WORDS)
  name = 'collect_digits';

  @IsOptional()
  @IsString()
  @MaxLength(1024)
  description: string | null = null;

  @IsInt()
  @Min(1)
  @Max(32)
  maxDigits = 16;

  @IsOptional()
  @IsIn(['#', '*'])
  finishKey: string | null = '#';

  @IsInt()
  @Min(500)
  @Max(30_000)
  timeoutMs = 5000;

  /** Gets the digits in place of the model: url, secret, headers and so on as of a webhook. */
  @IsOptional()
  @IsObject()
  deliverTo: Record<string, unknown> | null = null;
}
