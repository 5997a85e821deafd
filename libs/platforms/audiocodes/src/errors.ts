import { formatName, GatewayError, type LegFormats } from '#libs/contracts';

const bad = (code: string, message: string, advice?: string) => new GatewayError(code, message, { advice });

/** The catalogue of what can go wrong with AudioCodes. Codes are stable; texts hold nobody's words, numbers or secrets. */
export const errors = {
  malformed: () =>
    bad('AUDIOCODES_MESSAGE_MALFORMED', 'A frame is not a JSON object with a text field "type".'),
  unknownType: (type: string) =>
    bad('AUDIOCODES_TYPE_UNKNOWN', `A message type is not known here: ${JSON.stringify(type.slice(0, 64))}.`),
  unknownActivity: (name: string) =>
    bad(
      'AUDIOCODES_ACTIVITY_UNKNOWN',
      `An activity is not known here: ${JSON.stringify(name.slice(0, 64))}.`,
    ),
  activityMalformed: () =>
    bad(
      'AUDIOCODES_ACTIVITY_MALFORMED',
      'An activities message or one of its activities has not the documented shape.',
    ),
  outOfOrder: (type: string) =>
    bad('AUDIOCODES_OUT_OF_ORDER', `A message came at a moment when it has no meaning: ${type}.`),
  wrongConversation: () =>
    bad('AUDIOCODES_WRONG_CONVERSATION', "A message names another conversation than this socket's."),
  audioInvalid: () =>
    bad('AUDIOCODES_AUDIO_INVALID', 'userStream.chunk holds no audioChunk in padded standard base64.'),
  wavMismatch: (found: string, agreed: string) =>
    bad(
      'AUDIOCODES_WAV_MISMATCH',
      `The WAV header of the caller's sound says ${found}, agreed was ${agreed}; it is decoded as agreed.`,
    ),
  tooManyBad: (count: number) =>
    bad('AUDIOCODES_TOO_MANY_BAD', `${count} bad frames came in a row; the call is ended.`),
  noConversationId: () =>
    bad(
      'AUDIOCODES_CONVERSATION_ID_MISSING',
      'session.initiate or session.resume has no usable conversationId.',
    ),
  textOnly: () =>
    bad(
      'AUDIOCODES_TEXT_ONLY',
      'The bot connection expects text answers, and this gateway speaks.',
      'Enable voice streaming (directSTT and directTTS) for the bot in VoiceAI Connect or Live Hub.',
    ),
  noFormat: () =>
    bad(
      'AUDIOCODES_NO_FORMAT',
      'No offered media format is usable here.',
      'Compare callerFormats and playFormats.',
    ),
  formatNotOffered: ({ caller, agent }: LegFormats) =>
    bad(
      'AUDIOCODES_FORMAT_NOT_OFFERED',
      `The agreed formats are not among those that were offered: ${formatName(caller)}, ${formatName(agent)}.`,
    ),
  busy: () => new GatewayError('AUDIOCODES_BUSY', 'The gateway is full or draining.', { retryable: true }),
  notReady: (afterMs: number) =>
    new GatewayError('AUDIOCODES_NOT_READY', `The AI was not ready within ${afterMs} ms.`, {
      retryable: true,
    }),
  noSession: (afterMs: number) =>
    bad('AUDIOCODES_NO_SESSION', `No session was initiated within ${afterMs} ms of the connection.`),
  resumeUnknown: () =>
    bad(
      'AUDIOCODES_RESUME_UNKNOWN',
      'A conversation was to be resumed that is not, or no longer, running here.',
    ),
  legLost: (closeCode: number, cause?: unknown) =>
    new GatewayError(
      'AUDIOCODES_LEG_LOST',
      `The socket closed without session.end, with code ${closeCode}.`,
      {
        retryable: true,
        cause,
      },
    ),
  endedByError: () =>
    bad('AUDIOCODES_ENDED_BY_ERROR', 'VoiceAI Connect ended the call because of an error of its own.'),
  transferTarget: () =>
    bad('AUDIOCODES_TRANSFER_TARGET', 'The transfer target is neither a telephone number nor a SIP address.'),
  transferImpossible: (why: string) =>
    bad('AUDIOCODES_TRANSFER_IMPOSSIBLE', `The call cannot be transferred: ${why}.`),
  transferFailed: (reasonCode: string) =>
    bad('AUDIOCODES_TRANSFER_FAILED', `VoiceAI Connect reports a failed transfer: ${reasonCode}.`),
  transferTimeout: (afterMs: number) =>
    bad('AUDIOCODES_TRANSFER_TIMEOUT', `The outcome of the transfer was not told within ${afterMs} ms.`),
};
