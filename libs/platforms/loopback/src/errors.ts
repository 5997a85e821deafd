import { GatewayError } from '#libs/contracts';

export const startMissing = (): GatewayError =>
  new GatewayError('LOOPBACK_START_MISSING', 'The connection did not begin with a start message in time.', {
    advice: 'Send {"type":"start"} first.',
  });

export const badMessage = (detail: string): GatewayError =>
  new GatewayError('LOOPBACK_BAD_MESSAGE', `A message was not understood: ${detail}.`);

export const tooManyBadMessages = (): GatewayError =>
  new GatewayError('LOOPBACK_TOO_MANY_BAD_MESSAGES', 'Fifty messages in a row were not understood.');

export const connectionLost = (): GatewayError =>
  new GatewayError('LOOPBACK_CONNECTION_LOST', 'The connection closed without a stop message.');
