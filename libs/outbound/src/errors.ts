import { GatewayError } from '#libs/contracts';

const OUTBOUND_README = 'libs/outbound/README.md lists the settings.';

/** Why a call is not placed, once and by name. No message holds a number. */
export const errors = {
  badNumber: (field: 'to' | 'from') =>
    new GatewayError('DIAL_BAD_NUMBER', `"${field}" is not a telephone number that exists.`, {
      advice: 'Give it with its country: +49 30 1234567. Or set outbound.defaultCountry.',
    }),
  badOrder: (what: string) => new GatewayError('DIAL_BAD_ORDER', `The order is not valid: ${what}.`),
  closed: () =>
    new GatewayError('DIAL_PREFIX_REFUSED', 'Nobody may be called: no prefixes are allowed.', {
      advice: 'Set OUTBOUND_PREFIXES to the beginnings of numbers that may be called.',
    }),
  prefix: () =>
    new GatewayError('DIAL_PREFIX_REFUSED', 'Numbers that begin like this may not be called.', {
      advice: 'Add the prefix to OUTBOUND_PREFIXES if it should be allowed.',
    }),
  kind: () =>
    new GatewayError(
      'DIAL_PREFIX_REFUSED',
      'A number of this kind or country is called only where a prefix names it.',
      {
        advice:
          'Premium rate, shared cost, satellites, personal numbers and pagers, and other countries of a shared code need a longer prefix in OUTBOUND_PREFIXES, such as +1876.',
      },
    ),
  spend: () =>
    new GatewayError('DIAL_SPEND_REACHED', 'What calls may cost in one day is used up or reserved.', {
      advice: 'Order it tomorrow, or raise OUTBOUND_SPEND_PER_DAY_USD.',
    }),
  tooOften: () =>
    new GatewayError('DIAL_NUMBER_TOO_OFTEN', 'This number was called too often today.', {
      advice: 'Order it tomorrow, or raise outbound.maxPerNumberPerDay.',
    }),
  noPlatform: (name: string | null) =>
    new GatewayError(
      'DIAL_NO_PLATFORM',
      name === null
        ? 'No platform is set up to place calls.'
        : `The platform "${name.slice(0, 40)}" is not set up to place calls.`,
      { advice: 'The start-up page says what each platform lacks.' },
    ),
  queueFull: (most: number) =>
    new GatewayError('DIAL_QUEUE_FULL', `${most} orders are waiting already.`, {
      retryable: true,
      advice: 'Order again when some are done, or raise outbound.maxQueued.',
    }),
  noAgent: (name: string) =>
    new GatewayError('AGENT_UNKNOWN', `There is no agent "${name.slice(0, 64)}".`, {
      advice: 'GET /api/agents lists them.',
    }),
  keyReused: () =>
    new GatewayError('DIAL_KEY_REUSED', 'Another order was given with this idempotency key.', {
      advice: 'Use a key of its own for each order.',
    }),
  noTimeZone: () =>
    new GatewayError('DIAL_NO_TIME_ZONE', 'The number does not tell where its owner lives.', {
      advice: 'Give timeZone with the order, such as Europe/Berlin.',
    }),
  noWindow: () =>
    new GatewayError('DIAL_NO_WINDOW', 'There is no hour of the week at which this number may be called.', {
      advice: 'The windows must be open in every time zone of its country; or give timeZone with the order.',
    }),
  closing: () => new GatewayError('DIAL_CLOSING', 'The gateway is about to stop.', { retryable: true }),
  badWindow: (text: string) =>
    new GatewayError('DIAL_BAD_WINDOW', `"${text.slice(0, 60)}" is not a calling window.`, {
      advice: OUTBOUND_README,
    }),
} as const;

/**
 * Codes of attempts of which the platform never knew: this process stood still behind its claim and did not ask, or died before it had.
 * They are made again and do not count against the number.
 */
export const NOBODY_CALLED = ['DIAL_NOT_SENT', 'DIAL_NOT_TAKEN'] as const;
