import { GatewayError } from '#libs/contracts';

export const noCommonFormat = (side: string): GatewayError =>
  new GatewayError(
    'CALL_NO_COMMON_FORMAT',
    `The ${side} names no audio format that the gateway can convert.`,
    {
      advice: 'Offer μ-law or A-law at 8 kHz, or PCM16 at 8, 16, 24 or 48 kHz.',
    },
  );

export const duplicateCall = (): GatewayError =>
  new GatewayError('CALL_DUPLICATE', 'This call is already running on another connection.');

export const callNotTaken = (): GatewayError =>
  new GatewayError('CALL_NO_PLACE', 'A call was offered without a place and without having been announced.', {
    advice: 'Reserve a place before the upgrade.',
  });

export const forbiddenMove = (from: string, to: string): GatewayError =>
  new GatewayError('CALL_FORBIDDEN_MOVE', `A call in state "${from}" cannot become "${to}".`);

export const neverConnected = (): GatewayError =>
  new GatewayError('CALL_NEVER_CONNECTED', 'The announced call never opened its media connection.');

export const notResumed = (): GatewayError =>
  new GatewayError('CALL_NOT_RESUMED', 'The lost connection did not come back in time.', {
    advice: 'Look for restarts of a proxy or tunnel in front of the gateway, and for close codes in the log.',
  });
