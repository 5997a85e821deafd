import { GatewayError } from '#libs/contracts';

export const startMissing = (): GatewayError =>
  new GatewayError('BROWSER_START_MISSING', 'The connection did not begin with a start message in time.', {
    advice: 'Send {"type":"start"} first.',
  });

export const badMessage = (detail: string): GatewayError =>
  new GatewayError('BROWSER_BAD_MESSAGE', `A message was not understood: ${detail}.`);

export const badSound = (detail: string): GatewayError =>
  new GatewayError('BROWSER_BAD_SOUND', `Sound was not taken: ${detail}.`, {
    advice: 'Send PCM16, 24 kHz, mono, little-endian: whole samples, a second at most in one message.',
  });

export const soundTooFast = (): GatewayError =>
  new GatewayError(
    'BROWSER_SOUND_TOO_FAST',
    'More sound came than time has passed; what was too much is left out.',
    {
      advice: 'Send sound as it is spoken.',
    },
  );

export const tooManyBadMessages = (): GatewayError =>
  new GatewayError(
    'BROWSER_TOO_MANY_BAD_MESSAGES',
    'The call was ended: too many messages were not understood, or far more sound came than time has passed.',
    {
      advice: 'The errors before this one say what was wrong; put it right and call again.',
    },
  );

export const connectionLost = (): GatewayError =>
  new GatewayError('BROWSER_CONNECTION_LOST', 'The connection closed without a stop message.');
