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

export const transferUnsupported = (): GatewayError =>
  new GatewayError('TRANSFER_UNSUPPORTED', 'This call cannot be handed to another number.', {
    advice: 'Transfers need a platform that can do them and a caller who is on the line.',
  });

export const transferUnderWay = (): GatewayError =>
  new GatewayError('TRANSFER_UNDER_WAY', 'The caller is already being handed on.', {
    advice: 'Wait for call.transferred or call.transfer.failed.',
  });

export const transferCallOver = (): GatewayError =>
  new GatewayError('TRANSFER_CALL_OVER', 'The call ended before the caller was handed on.');

export const digitsUnderWay = (): GatewayError =>
  new GatewayError('DIGITS_UNDER_WAY', 'Keys are being collected already; one collection at a time.');

export const digitsCallOver = (): GatewayError =>
  new GatewayError('DIGITS_CALL_OVER', 'The call ended before the keys were collected.');
