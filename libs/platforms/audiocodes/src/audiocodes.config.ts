import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsInt, IsString, Max, Min } from 'class-validator';
import { Setting } from '#libs/contracts';
import { MEDIA_FORMATS, type MediaFormatName } from './audiocodes.formats.js';
import type { ParticipantField } from './audiocodes.messages.js';
import type { DtmfField } from './key-sender.js';

/** Raw sound before WAV, and of each what loses least. */
const BEST_FIRST: readonly MediaFormatName[] = [
  'raw/lpcm16_24',
  'raw/lpcm16',
  'raw/lpcm16_8',
  'raw/mulaw',
  'wav/lpcm16_24',
  'wav/lpcm16',
  'wav/lpcm16_8',
  'wav/mulaw',
];

export class AudioCodesConfig {
  @Setting({
    doc: 'Bearer token that AudioCodes must present. Several, separated by commas, are valid at once: for a change of tokens.',
    env: 'AUDIOCODES_TOKEN',
    secret: true,
  })
  @IsString()
  token = '';

  @Setting({
    doc: 'Ask for barge-in, DTMF and events when a call starts, whatever is set for the bot at AudioCodes.',
  })
  @IsBoolean()
  requestBargeIn = true;

  @Setting({ doc: 'Events asked for with requestBargeIn.' })
  @IsArray()
  @IsString({ each: true })
  sendEventsToBot: string[] = ['playFinished', 'noUserInput'];

  @Setting({
    doc: 'Take caller sound at 24 kHz although 16 kHz is offered. Not every release of VoiceAI Connect is known to deliver it.',
    env: 'AUDIOCODES_CALLER_24K',
  })
  @IsBoolean()
  trustCaller24k = false;

  @Setting({ doc: 'Media formats for caller sound, best first.' })
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(MEDIA_FORMATS, { each: true })
  callerFormats: MediaFormatName[] = [...BEST_FIRST];

  @Setting({ doc: 'Media formats for agent sound, best first.' })
  @IsArray()
  @ArrayNotEmpty()
  @IsIn(MEDIA_FORMATS, { each: true })
  playFormats: MediaFormatName[] = [...BEST_FIRST];

  @Setting({
    doc: 'Give the AI silence while VoiceAI Connect sends no caller sound, so that its voice detection goes on.',
  })
  @IsBoolean()
  fillSilence = true;

  @Setting({ doc: 'On an interruption also send abortPrompts, which drops what VoiceAI Connect has queued.' })
  @IsBoolean()
  abortPromptsOnBargeIn = true;

  @Setting({ doc: 'Agent sound is sent at most this many milliseconds before it is heard. 0: as it comes.' })
  @IsInt()
  @Min(0)
  @Max(60_000)
  playAheadMs = 400;

  @Setting({ doc: 'At most this much agent sound, in milliseconds, waits for its time; more is refused.' })
  @IsInt()
  @Min(1000)
  @Max(1_800_000)
  maxHeldMs = 300_000;

  @Setting({ doc: 'With this much sound, in milliseconds, piled up on a socket, new sound is dropped.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  maxSlowReaderMs = 2000;

  @Setting({ doc: 'A socket that has not begun a session after this many milliseconds is closed.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  firstMessageTimeoutMs = 5000;

  @Setting({ doc: 'A call whose AI is not ready after this many milliseconds is refused.' })
  @IsInt()
  @Min(100)
  @Max(60_000)
  acceptTimeoutMs = 10_000;

  @Setting({ doc: 'The greeting does not wait longer than this many milliseconds for the start activity.' })
  @IsInt()
  @Min(0)
  @Max(60_000)
  startTimeoutMs = 1500;

  @Setting({ doc: 'A call that lost its socket is kept for this many milliseconds.' })
  @IsInt()
  @Min(0)
  @Max(600_000)
  resumeWithinMs = 30_000;

  @Setting({
    doc: 'After a hangup activity the socket is closed when session.end has not come within this many milliseconds.',
  })
  @IsInt()
  @Min(100)
  @Max(60_000)
  hangUpGuardMs = 5000;

  @Setting({ doc: 'Keep the call while it is being transferred and learn whether that worked.' })
  @IsBoolean()
  transferNotifications = true;

  @Setting({ doc: 'A transfer without news after this many milliseconds has failed.' })
  @IsInt()
  @Min(1000)
  @Max(600_000)
  transferTimeoutMs = 60_000;

  @Setting({
    doc: 'Send keys as sendDtmf activities (VoiceAI Connect 3.12 or later). Otherwise, and for A to D, they are sent as tones.',
  })
  @IsBoolean()
  nativeDtmf = true;

  @Setting({ doc: 'Name of the field that holds the keys of a sendDtmf activity.' })
  @IsIn(['dtmfDigits', 'dtmf'])
  dtmfField: DtmfField = 'dtmfDigits';

  @Setting({
    doc: 'Name of the field that tells the party, in calls of several, on userStream.speech.started and the like.',
  })
  @IsIn(['participant', 'participantId'])
  participantField: ParticipantField = 'participant';

  get tokens(): readonly string[] {
    return this.token.split(/[\s,]+/).filter((token) => token !== '');
  }
}
