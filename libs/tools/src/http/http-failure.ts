import { GatewayError } from '#libs/contracts';
import { httpAborted, httpTimeout, httpUnreachable } from '../errors.js';

const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Failures of the network that may be over in a moment. Certificates and names that do not exist are not among them. */
const PASSING: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
]);

/** What an HTTP client has thrown, as one of our errors. */
export function explain(thrown: unknown, host: string, timedOut: boolean, aborted: boolean): GatewayError {
  for (const error of chain(thrown)) if (error instanceof GatewayError) return error;
  if (aborted) return httpAborted(host);
  const codes = chain(thrown).map((error) => String((error as { code?: unknown }).code ?? ''));
  if (timedOut || codes.some((code) => TIMEOUTS.has(code))) return httpTimeout(host);
  const code = codes.find((found) => found !== '') ?? 'unknown';
  return httpUnreachable(
    host,
    code,
    codes.some((found) => PASSING.has(found)),
    thrown,
  );
}

/** An error and its causes; those of several attempts to connect count as causes. */
function chain(thrown: unknown, depth = 0): readonly unknown[] {
  if (typeof thrown !== 'object' || thrown === null || depth > 5) return [];
  const { cause, errors } = thrown as { cause?: unknown; errors?: unknown };
  const several: readonly unknown[] = Array.isArray(errors) ? errors : [];
  return [thrown, ...[cause, ...several].flatMap((inner) => chain(inner, depth + 1))];
}
