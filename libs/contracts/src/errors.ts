export interface GatewayErrorOptions {
  /** What the operator or caller of the API can do about it. */
  readonly advice?: string;
  /** True when the same thing may work if it is tried again a little later. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The one error type that crosses a port. `code` is stable and meant for programs (`TWILIO_START_MISSING`);
 * `message` says what happened and `advice` what to do. Neither holds words, numbers or secrets of people.
 */
export class GatewayError extends Error {
  readonly code: string;
  readonly advice: string | null;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.advice = options.advice ?? null;
    this.retryable = options.retryable ?? false;
  }
}

/** Wraps what was thrown elsewhere; a GatewayError is passed through as it is. */
export function asGatewayError(thrown: unknown, code: string, message: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new GatewayError(code, `${message}: ${detail}`, { cause: thrown });
}
