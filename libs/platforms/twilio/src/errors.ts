import { GatewayError } from '#libs/contracts';

const SEND_WHAT_TWILIO_SENDS = 'Compare what is sent with the Twilio Media Streams message reference.';

export const notJson = (): GatewayError =>
  new GatewayError('TWILIO_NOT_JSON', 'A message on the media stream is not a JSON object.', {
    advice: SEND_WHAT_TWILIO_SENDS,
  });

export const binaryFrame = (): GatewayError =>
  new GatewayError(
    'TWILIO_BINARY_FRAME',
    'A binary frame came on the media stream, which speaks text only.',
    {
      advice: SEND_WHAT_TWILIO_SENDS,
    },
  );

export const fieldInvalid = (field: string): GatewayError =>
  new GatewayError('TWILIO_FIELD_INVALID', `The field "${field}" is missing or of the wrong kind.`, {
    advice: SEND_WHAT_TWILIO_SENDS,
  });

export const payloadInvalid = (why: string): GatewayError =>
  new GatewayError('TWILIO_PAYLOAD_INVALID', `The sound of a media message ${why}.`, {
    advice: SEND_WHAT_TWILIO_SENDS,
  });

/** `name` is the wire's own text: only its letters are repeated, and few of them. */
export const unknownEvent = (name: string): GatewayError =>
  new GatewayError(
    'TWILIO_UNKNOWN_EVENT',
    `The media stream sent an event that is not known: ${name.replace(/[^\w.-]/g, '?').slice(0, 40)}.`,
  );

export const outOfOrder = (event: string, phase: string): GatewayError =>
  new GatewayError('TWILIO_OUT_OF_ORDER', `The event "${event}" came ${phase}.`, {
    advice: SEND_WHAT_TWILIO_SENDS,
  });

export const foreignStream = (): GatewayError =>
  new GatewayError('TWILIO_FOREIGN_STREAM', 'A message carries the streamSid of another stream.', {
    advice: SEND_WHAT_TWILIO_SENDS,
  });

export const unexpectedTrack = (): GatewayError =>
  new GatewayError('TWILIO_TRACK_UNEXPECTED', "Sound came on a track that is not the caller's.", {
    advice: 'Open the stream with <Connect><Stream>, which sends the inbound track alone.',
  });

export const unknownMark = (): GatewayError =>
  new GatewayError('TWILIO_UNKNOWN_MARK', 'A mark came back that was never sent on this stream.');

export const parametersDropped = (count: number): GatewayError =>
  new GatewayError('TWILIO_PARAMETERS_DROPPED', `${count} custom parameters were left out.`, {
    advice: 'Send at most 50 parameters, each a string with fewer than 500 characters of name and value.',
  });

export const tooManyBadFrames = (count: number): GatewayError =>
  new GatewayError(
    'TWILIO_TOO_MANY_BAD_FRAMES',
    `${count} messages in a row could not be used; the stream is ended.`,
    {
      advice: SEND_WHAT_TWILIO_SENDS,
    },
  );

export const startMissing = (afterMs: number): GatewayError =>
  new GatewayError('TWILIO_START_MISSING', `No "start" message came within ${afterMs} ms.`, {
    advice: 'Raise startTimeoutMs if the network is that slow; otherwise look at what opened the socket.',
  });

export const announcedCallOver = (): GatewayError =>
  new GatewayError('TWILIO_CALL_OVER', 'The stream began after its announced call had ended.', {
    advice: 'Look in the log for why the call ended: most often the AI could not be had.',
  });

export const startMismatch = (): GatewayError =>
  new GatewayError(
    'TWILIO_START_MISMATCH',
    'The stream was opened with a token that belongs to another call.',
    {
      advice: 'Each answer of /twilio/voice may be used by its own call only.',
    },
  );

export const foreignAccount = (): GatewayError =>
  new GatewayError(
    'TWILIO_FOREIGN_ACCOUNT',
    'The stream belongs to an account other than TWILIO_ACCOUNT_SID.',
    {
      advice: 'Set TWILIO_ACCOUNT_SID to the account (or sub-account) that owns the number.',
    },
  );

export const formatUnsupported = (format: string): GatewayError =>
  new GatewayError(
    'TWILIO_FORMAT_UNSUPPORTED',
    `The stream's sound is ${format.replace(/[^\w./-]/g, '?').slice(0, 60)}, which the gateway does not speak.`,
    {
      advice:
        'Supported, mono: audio/x-mulaw and audio/x-alaw at 8000 Hz, audio/x-l16 at 8000, 16000 or 24000 Hz; after /twilio/voice audio/x-mulaw alone.',
    },
  );

export const streamLost = (closeCode: number, cause: Error | null): GatewayError =>
  new GatewayError(
    'TWILIO_STREAM_LOST',
    `The media stream closed with code ${closeCode} and without "stop".`,
    {
      advice:
        'Look for restarts of a proxy or tunnel in front of the gateway, and at the call in the Twilio console.',
      ...(cause === null ? {} : { cause }),
    },
  );

export const streamFailedAtTwilio = (text: string): GatewayError =>
  new GatewayError(
    'TWILIO_STREAM_ERROR',
    `Twilio reports that a media stream failed: ${text.replace(/[^\w .,:/-]/g, '?').slice(0, 200)}`,
    { advice: 'Error codes 31900 to 31953 are explained in the Twilio error dictionary.' },
  );

export const dialUnknown = (): GatewayError =>
  new GatewayError(
    'TWILIO_DIAL_UNKNOWN',
    'Twilio did not answer an order and knows no call of it: whether somebody was called is not known.',
    { advice: 'Look for the call in the Twilio console before the number is called again.' },
  );

export const noFromNumber = (): GatewayError =>
  new GatewayError('TWILIO_NO_FROM_NUMBER', 'There is no number to call from.', {
    advice: 'Set TWILIO_FROM_NUMBER to a number of the account, or name one in the order.',
  });

export const transferTargetInvalid = (): GatewayError =>
  new GatewayError('TWILIO_TRANSFER_TARGET', 'The target of a transfer is no number and no SIP address.', {
    advice: 'Use +15550100077, or sip:name@host.',
  });

export const transferFailed = (why: string): GatewayError =>
  new GatewayError('TWILIO_TRANSFER_FAILED', `The transfer came to nothing: ${why}.`);

export const callerGone = (): GatewayError =>
  new GatewayError('TWILIO_TRANSFER_CALLER_GONE', 'The caller hung up while the transfer was under way.');

export const notBack = (): GatewayError =>
  new GatewayError(
    'TWILIO_TRANSFER_NOT_BACK',
    'The transfer came to nothing, and the caller did not come back to the gateway.',
  );

export const recordingFailed = (why: string): GatewayError =>
  new GatewayError('TWILIO_RECORDING_FAILED', `A recording of Twilio's could not be kept: ${why}.`, {
    advice: 'It stays at Twilio; fetch it from the console.',
  });

export const recordingNotPaused = (): GatewayError =>
  new GatewayError(
    'TWILIO_RECORDING_NOT_PAUSED',
    'Twilio did not pause a recording in time, which is therefore stopped and not kept.',
    { advice: "The gateway's own recording was paused. Look at the network and at TWILIO_API_URL." },
  );

export const recordingNotStopped = (): GatewayError =>
  new GatewayError(
    'TWILIO_RECORDING_NOT_STOPPED',
    'Twilio did not stop a recording when its call was over here; it may hold what was said afterwards and is not kept.',
    { advice: 'It is tried further. Look at the network and at TWILIO_API_URL.' },
  );

export const recordingUnknown = (): GatewayError =>
  new GatewayError(
    'TWILIO_RECORDING_UNKNOWN',
    'Twilio did not answer whether it records a call: what it may have is stopped and not kept, since it could not be paused.',
    { advice: 'Look at the network and at TWILIO_API_URL.' },
  );
