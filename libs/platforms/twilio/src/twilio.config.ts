import {
  IsBoolean,
  IsInt,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { Setting } from '#libs/contracts';

/** The settings of `platforms: { twilio: {…} }`. Empty text means: not set. */
export class TwilioConfig {
  @Setting({
    doc: 'Account (or sub-account) that owns the numbers; calls of any other account are refused.',
    env: 'TWILIO_ACCOUNT_SID',
  })
  @IsString()
  @Matches(/^(AC\w{1,62})?$/, { message: 'accountSid must start with AC' })
  accountSid = '';

  @Setting({
    doc: "The account's primary Auth Token, with which Twilio signs. Without it the door opens to this machine alone.",
    env: 'TWILIO_AUTH_TOKEN',
    secret: true,
  })
  @IsString()
  authToken = '';

  @Setting({
    doc: 'The Auth Token that is about to become primary, or was until now: accepted too while tokens are rotated.',
    env: 'TWILIO_SECONDARY_AUTH_TOKEN',
    secret: true,
  })
  @IsString()
  secondaryAuthToken = '';

  @Setting({ doc: "Where Twilio's REST API is found; may point at the simulator.", env: 'TWILIO_API_URL' })
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  apiUrl = 'https://api.twilio.com';

  @Setting({
    doc: 'Number of the account that calls are placed from where an order names none.',
    env: 'TWILIO_FROM_NUMBER',
  })
  @IsString()
  @Matches(/^(\+[1-9]\d{6,14})?$/, { message: 'fromNumber must be a number like +15550100002' })
  fromNumber = '';

  @Setting({ doc: 'Milliseconds that it rings at whom a caller is handed on to.' })
  @IsInt()
  @Min(1000)
  @Max(600_000)
  transferRingMs = 30_000;

  @Setting({ doc: 'Turns of a conversation by text (<Gather>), after which the call ends.' })
  @IsInt()
  @Min(1)
  @Max(200)
  maxTurns = 30;

  @Setting({
    doc: 'Twilio makes a dual-channel recording of every call whose agent has `recording` set; it is fetched into <dataDir>/recordings/twilio.',
  })
  @IsBoolean()
  recordCalls = false;

  @Setting({
    doc: "Days after which Twilio's recordings are deleted, also where their agent says longer; 0: when their agent says.",
  })
  @IsInt()
  @Min(0)
  @Max(36_500)
  keepRecordingsForDays = 0;

  @Setting({
    doc: 'What is deleted here of recordings that the gateway began, after its time or by erasure, is deleted at Twilio too.',
  })
  @IsBoolean()
  deleteRecordingsAtTwilio = true;

  @Setting({ doc: 'The largest recording, in bytes, that is fetched from Twilio.' })
  @IsInt()
  @Min(1)
  maxRecordingBytes = 1024 ** 3;

  @Setting({ doc: 'Spoken when the agent fails or the stream breaks while the caller is still there.' })
  @IsString()
  @MinLength(1)
  @MaxLength(3000)
  fallbackMessage =
    'I am sorry, we cannot go on with this call at the moment. Please call again in a few minutes. Goodbye.';

  @Setting({ doc: 'Spoken to a caller who finds the gateway full or about to stop.' })
  @IsString()
  @MinLength(1)
  @MaxLength(3000)
  busyMessage =
    'I am sorry, all our lines are busy at the moment. Please call again in a few minutes. Goodbye.';

  @Setting({
    doc: 'TwiML to go on with after either message, a queue of people perhaps; without it the call is hung up.',
  })
  @ValidateIf((config: TwilioConfig) => config.fallbackRedirectUrl !== '')
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], require_protocol: true })
  fallbackRedirectUrl = '';

  @Setting({ doc: 'Voice of the spoken messages, as in <Say voice>; empty for the default of the account.' })
  @IsString()
  sayVoice = '';

  @Setting({
    doc: 'Language of the spoken messages, as in <Say language>; empty for the default of the account.',
  })
  @IsString()
  sayLanguage = '';

  @Setting({ doc: 'Milliseconds an open stream may take until its "start" message.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  startTimeoutMs = 5000;

  @Setting({ doc: 'Milliseconds between the answer of /twilio/voice and the stream it announces.' })
  @IsInt()
  @Min(1000)
  @Max(600_000)
  tokenTtlMs = 60_000;

  @Setting({ doc: 'Milliseconds without sound from the caller after which silence is put in its place.' })
  @IsInt()
  @Min(60)
  @Max(10_000)
  gapFillAfterMs = 300;

  @Setting({
    doc: 'The longest gap, in milliseconds, that is filled with silence at once when timestamps jump.',
  })
  @IsInt()
  @Min(0)
  @Max(60_000)
  maxGapMs = 10_000;

  @Setting({
    doc: 'Milliseconds of agent sound that may wait for a slow stream; what comes on top is dropped and counted.',
  })
  @IsInt()
  @Min(100)
  @Max(60_000)
  maxSlowReaderMs = 2000;
}
