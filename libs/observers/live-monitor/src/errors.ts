import { GatewayError } from '#libs/contracts';

export const badMessage = (): GatewayError =>
  new GatewayError(
    'MONITOR_BAD_MESSAGE',
    'The message is not {"event": name, "data": {…}}, with or without an "id" that is a number or a short text.',
    { advice: 'A number of an id is one that JavaScript keeps exactly; a text has at most 64 characters.' },
  );

export const unknownEvent = (): GatewayError =>
  new GatewayError('MONITOR_UNKNOWN_EVENT', 'There is no such event.', {
    advice: 'libs/observers/live-monitor/README.md lists them.',
  });

export const badData = (fields: readonly string[]): GatewayError =>
  new GatewayError('MONITOR_BAD_DATA', `Missing or not as it should be: ${fields.join(', ')}.`);

export const tooDeep = (): GatewayError =>
  new GatewayError('MONITOR_BAD_DATA', 'The data holds objects or lists inside of others.', {
    advice: 'libs/observers/live-monitor/README.md tells what each message holds.',
  });

export const notAllowed = (): GatewayError =>
  new GatewayError('MONITOR_NOT_ALLOWED', 'Stepping in needs the role of an operator.');

export const unknownCall = (): GatewayError =>
  new GatewayError('MONITOR_CALL_UNKNOWN', 'There is no such call, or it ended some time ago.');

export const callEnded = (): GatewayError => new GatewayError('MONITOR_CALL_ENDED', 'The call has ended.');

export const tooManySubscriptions = (): GatewayError =>
  new GatewayError('MONITOR_TOO_MANY_SUBSCRIPTIONS', 'This viewer follows as many calls as it may.', {
    advice: 'Leave some first.',
  });

export const tooMuchAtOnce = (): GatewayError =>
  new GatewayError(
    'MONITOR_TOO_MUCH',
    'More whole calls and lists were asked for than may be told at once.',
    {
      advice: 'What is subscribed tells of its changes by itself. Ask again in a second.',
      retryable: true,
    },
  );

export const backendCannot = (): GatewayError =>
  new GatewayError(
    'MONITOR_BACKEND_CANNOT',
    'The AI of this call cannot be told so now: it never can, is away, or is not heard.',
    {
      advice: 'Take over with your own voice.',
      retryable: true,
    },
  );

export const lineTaken = (): GatewayError =>
  new GatewayError('MONITOR_LINE_TAKEN', 'Somebody else speaks in this call.', { retryable: true });

export const alreadySpeaking = (): GatewayError =>
  new GatewayError('MONITOR_ALREADY_SPEAKING', 'This viewer speaks in another call.', {
    advice: 'Give that one back first.',
  });

export const notTakenOver = (): GatewayError =>
  new GatewayError('MONITOR_NOT_TAKEN_OVER', 'Sound came from a viewer who has taken over no call.', {
    advice: 'Send call.take-over and wait for its done.',
  });

export const nothingToGiveBack = (): GatewayError =>
  new GatewayError('MONITOR_NOT_TAKEN_OVER', 'This viewer has not taken over that call.');

export const microphoneGone = (): GatewayError =>
  new GatewayError(
    'MONITOR_MICROPHONE_GONE',
    'No sound has come from your microphone for three seconds: the agent has the call again.',
    {
      advice: 'Check the microphone and the connection, then take over again.',
      retryable: true,
    },
  );

export const badSound = (): GatewayError =>
  new GatewayError(
    'MONITOR_BAD_SOUND',
    'A piece of sound was empty, longer than a second, or half a sample.',
    {
      advice: 'Send PCM16, 24 kHz, mono, in pieces of 20 ms.',
    },
  );

export const tooFast = (): GatewayError =>
  new GatewayError('MONITOR_SOUND_TOO_FAST', 'Sound came faster than it can be heard, and was dropped.');

export const internal = (): GatewayError =>
  new GatewayError('MONITOR_INTERNAL', 'Something went wrong inside the gateway; its log says more.');
