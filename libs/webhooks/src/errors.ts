import { GatewayError } from '#libs/contracts';

/** What can be wrong with a webhook, once and by name. */
export const errors = {
  unknownEvent: (name: string) =>
    new GatewayError('WEBHOOK_EVENT_UNKNOWN', `"${name.slice(0, 64)}" is no event that is told.`, {
      advice: 'Give a type such as "call.ended", or a beginning such as "call.*".',
    }),
  badSecret: () =>
    new GatewayError('WEBHOOK_SECRET_INVALID', 'The secret is not one that can sign.', {
      advice: 'Give "whsec_" and 24 to 64 bytes of base64, or none: then one is made.',
    }),
  badUrl: () =>
    new GatewayError('WEBHOOK_URL_INVALID', 'The address is not one that can be told anything.', {
      advice: 'Give an address such as https://crm.example.com/calls, without a password in it.',
    }),
  tooMany: (most: number) =>
    new GatewayError('WEBHOOK_TOO_MANY', `There are ${most} webhooks already.`, {
      advice: 'Remove those that nobody needs.',
    }),
};
