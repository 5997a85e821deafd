import { GatewayError } from '#libs/contracts';
import { handshakeError, networkCode, plain, severityOf, vendorError } from './errors.js';
import type { ServerError } from './server-objects.js';

/** The answer was an HTTP status other than 2xx. The vendor's own message may quote people, so it stays out. */
export function textRefused(status: number, error: ServerError | null): GatewayError {
  const name = error === null ? null : (error.code ?? error.type);
  if (name === 'model_not_found' || name === 'DeploymentNotFound') {
    return new GatewayError(
      'OPENAI_TEXT_MODEL_NOT_FOUND',
      `OpenAI does not know the text model for this key (HTTP ${status}).`,
      { advice: 'Check OPENAI_TEXT_MODEL; at Azure it is the name of the deployment.' },
    );
  }
  if (error !== null && severityOf(error) === 'fatal') return vendorError(error);
  if (status === 401 || status === 403 || status === 429) return handshakeError(status);
  const retryable = status === 408 || status === 409 || status >= 500;
  const where = error?.param ? ` at ${plain(error.param)}` : '';
  return new GatewayError(
    'OPENAI_TEXT_REFUSED',
    `OpenAI refused a request for text (HTTP ${status}${name === null ? '' : `, ${plain(name)}`}${where}).`,
    {
      retryable,
      advice: retryable
        ? undefined
        : 'Check OPENAI_TEXT_URL and OPENAI_TEXT_MODEL. Redirects are not followed.',
    },
  );
}

/** `fetch` hides what happened in the cause of what it throws. */
export const textUnreachable = (thrown: unknown): GatewayError => {
  const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return new GatewayError(
    'OPENAI_TEXT_UNREACHABLE',
    `OpenAI could not be reached for text: ${networkCode(cause)}.`,
    { advice: 'Check the network and OPENAI_TEXT_URL.', retryable: true, cause: thrown },
  );
};

export const textTimeout = (ms: number): GatewayError =>
  new GatewayError('OPENAI_TEXT_TIMEOUT', `OpenAI did not answer by text within ${Math.round(ms)} ms.`, {
    advice: 'Choose a faster OPENAI_TEXT_MODEL, or raise textTimeoutMs; a caller of Twilio waits 12000.',
    retryable: true,
  });

export const textAborted = (): GatewayError =>
  new GatewayError('OPENAI_TEXT_ABORTED', 'Nobody waits for the text of OpenAI any more.');

export const textUnreadable = (what: string): GatewayError =>
  new GatewayError('OPENAI_TEXT_UNREADABLE', `OpenAI answered a request for text with ${what}.`, {
    advice: 'Check OPENAI_TEXT_URL: it must be the address of chat completions.',
  });

export const textEmpty = (reason: string | null): GatewayError =>
  new GatewayError(
    'OPENAI_TEXT_EMPTY',
    `OpenAI answered a request for text without a word (${plain(reason ?? 'no reason')}).`,
    {
      advice:
        reason === 'length'
          ? 'Raise textMaxTokens: models that reason spend it before they write.'
          : undefined,
    },
  );
