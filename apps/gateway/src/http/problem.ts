import { STATUS_CODES } from 'node:http';
import { GatewayError, type GatewayErrorOptions } from '#libs/contracts';

/** What every error under /api looks like: RFC 9457, and for programs its code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly advice: string | null;
  /** What is wrong with what was sent, each in one sentence. */
  readonly problems?: readonly string[];
}

export interface HttpProblemOptions extends GatewayErrorOptions {
  readonly problems?: readonly string[];
  /** When it is worth trying again. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that knows its HTTP status. */
export class HttpProblem extends GatewayError {
  readonly problems: readonly string[] | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    code: string,
    message: string,
    options: HttpProblemOptions = {},
  ) {
    super(code, message, options);
    const { problems, retryAfterSeconds, headers = {} } = options;
    this.name = 'HttpProblem';
    this.problems = problems ?? null;
    this.headers =
      retryAfterSeconds === undefined ? headers : { ...headers, 'Retry-After': String(retryAfterSeconds) };
  }
}

export function problemOf(
  status: number,
  error: GatewayError & { readonly problems?: readonly string[] | null },
): Problem {
  return {
    type: `urn:patchbay:error:${error.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    advice: error.advice,
    ...(error.problems ? { problems: error.problems } : {}),
  };
}
