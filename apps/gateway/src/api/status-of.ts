import type { GatewayError } from '#libs/contracts';
import { HttpProblem } from '../http/problem.js';

/** Which HTTP status tells what a library's error means for the one who asked. */
const STATUS: Readonly<Record<string, number>> = {
  STORE_AWAY: 503,
  STORE_BAD_CURSOR: 400,
  STORE_TOO_MANY_KEYS: 409,
  AGENT_INVALID: 422,
  AGENT_ROUTES_INVALID: 422,
  AGENT_UNKNOWN: 404,
  AGENT_STORE_SLOW: 503,
  AGENT_TOO_MANY_CHANGES: 409,
  RECORDINGS_S3_AWAY: 503,
  RECORDINGS_S3_DENIED: 502,
  TRANSFER_UNSUPPORTED: 409,
  TRANSFER_FAILED: 502,
  DIAL_BAD_NUMBER: 422,
  DIAL_PREFIX_REFUSED: 403,
  DIAL_SPEND_REACHED: 403,
  DIAL_NUMBER_TOO_OFTEN: 403,
  DIAL_CLOSING: 503,
  DIAL_NO_PLATFORM: 409,
  DIAL_QUEUE_FULL: 503,
  HTTP_URL_REFUSED: 422,
  HTTP_ADDRESS_REFUSED: 422,
};

/** By the form of a code, for errors that were not named above: the first that fits. */
const BY_FORM: readonly (readonly [RegExp, number])[] = [
  [/^DIAL_/, 422],
  [/^WEBHOOK_/, 422],
  [/^TRANSFER_/, 409],
  // Platforms have codes of their own.
  [/_TRANSFER_TARGET$/, 422],
  [/_TRANSFER_(IMPOSSIBLE|UNSET)$/, 409],
  [/_TRANSFER_/, 502],
];

export function statusOf(error: GatewayError): number {
  if (error instanceof HttpProblem) return error.status;
  const named = STATUS[error.code] ?? BY_FORM.find(([form]) => form.test(error.code))?.[1];
  return named ?? (error.retryable ? 503 : 500);
}
