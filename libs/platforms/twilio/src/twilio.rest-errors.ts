import { GatewayError } from '#libs/contracts';

/** Codes of system calls that fail before a request could be sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
const TOO_MANY = 429;

/** What Twilio's client threw; Twilio's own words are left out, since they name numbers. */
interface Thrown {
  readonly status?: number;
  readonly code?: number | string;
  readonly cause?: { readonly code?: string };
}

/**
 * What went wrong between us and Twilio's REST API. Only TWILIO_REST_UNKNOWN leaves open whether the request was carried out;
 * `retryable` are those alone that were certainly not and may be another time.
 */
export function restError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const { status, code, cause } = (thrown ?? {}) as Thrown;
  if (status === TOO_MANY)
    return new GatewayError('TWILIO_REST_BUSY', 'Twilio refused a request: too many at once.', {
      retryable: true,
      advice: 'Lower the number of calls that are dialled a second, or buy more.',
    });
  if (status === 401)
    return new GatewayError('TWILIO_REST_UNAUTHORISED', 'Twilio does not accept the credentials.', {
      advice: 'Compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN with the Twilio console.',
    });
  if (status === 404 || code === 20404 || code === 21220)
    return new GatewayError(
      'TWILIO_REST_GONE',
      'Twilio has no such call any more, or it is not in progress.',
    );
  if (status !== undefined && status >= 400 && status < 500 && status !== 408) {
    const number = Number.isInteger(code) ? String(code) : 'unknown';
    return new GatewayError('TWILIO_REST_REFUSED', `Twilio refused a request with error ${number}.`, {
      advice: `See https://www.twilio.com/docs/errors/${number}.`,
    });
  }
  const systemCode = typeof code === 'string' ? code : (cause?.code ?? '');
  if (status === undefined && NOT_SENT.has(systemCode))
    return new GatewayError('TWILIO_REST_UNREACHABLE', `Twilio's API cannot be reached: ${systemCode}.`, {
      retryable: true,
      advice: 'Look at the network and at TWILIO_API_URL.',
    });
  const why = status === undefined ? systemCode || 'no answer' : `HTTP ${status}`;
  return new GatewayError(
    'TWILIO_REST_UNKNOWN',
    `Whether Twilio carried a request out is not known: ${why.replace(/[^\w ]/g, '?')}.`,
  );
}

/** May the request have been carried out all the same? */
export const isUnknown = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'TWILIO_REST_UNKNOWN';

/** The call is not there any more, or not in the state that the request wants. */
export const isGone = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'TWILIO_REST_GONE';
