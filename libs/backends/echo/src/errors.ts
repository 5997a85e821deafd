import { GatewayError } from '#libs/contracts';

export const connectAborted = (): GatewayError =>
  new GatewayError('ECHO_CONNECT_ABORTED', 'The call ended before the echo agent was ready.');

export const greetingUnreadable = (cause: unknown): GatewayError =>
  new GatewayError('ECHO_GREETING_UNREADABLE', 'The spoken greeting of the echo agent could not be read.', {
    advice: 'Restore libs/backends/echo/assets/greeting.wav, or set backends.echo.greeting to false.',
    cause,
  });
