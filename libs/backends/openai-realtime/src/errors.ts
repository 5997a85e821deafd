import { type AudioFormat, formatName, GatewayError } from '#libs/contracts';
import type { ServerError } from './server-objects.js';

/** What an error event means for the call. */
export type Severity =
  /** Expected in a race; nothing is lost. */
  | 'benign'
  /** The conversation goes on without what was asked for. */
  | 'fault'
  /** The session is over, a new one will do. */
  | 'renew'
  /** Trying again gives the same answer. */
  | 'fatal';

const BENIGN = new Set([
  'conversation_already_has_active_response',
  'response_cancel_not_active',
  'input_audio_buffer_commit_empty',
  'item_truncate_invalid_item_id',
  'item_delete_invalid_item_id',
  'item_retrieve_invalid_item_id',
  'unsupported_content_type',
]);
const ACCOUNT = new Set(['invalid_api_key', 'account_deactivated']);
const QUOTA = new Set(['insufficient_quota', 'billing_hard_limit_reached']);
const PROTOCOL = new Set(['invalid_intent', 'beta_api_shape_disabled']);
const RATE = new Set(['rate_limit_exceeded', 'inference_rate_limit_exceeded', 'rate_limit_error']);

/** RFC 6455 close codes after which a new socket may do better: going away, no status, dropped, server trouble, TLS. */
const RECOVERABLE_CLOSES = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015]);

/** By the vendor's code, or by its type where there is no code. */
export function severityOf({ code, type }: ServerError): Severity {
  const name = code ?? type;
  if (BENIGN.has(name)) return 'benign';
  if (name === 'session_expired') return 'renew';
  if (ACCOUNT.has(name) || QUOTA.has(name) || PROTOCOL.has(name) || name === 'model_not_found')
    return 'fatal';
  return 'fault';
}

/** `event` and failed responses: the vendor's error in our words. Its own message may quote people, so it stays out. */
export function vendorError(error: ServerError): GatewayError {
  const name = error.code ?? error.type;
  const where = error.param === null ? '' : ` at ${plain(error.param)}`;
  const said = `(${plain(name)}${where})`;
  if (ACCOUNT.has(name)) return unauthorized(said);
  if (QUOTA.has(name)) {
    return new GatewayError(
      'OPENAI_QUOTA_EXCEEDED',
      `OpenAI refuses the account for lack of credit ${said}.`,
      {
        advice: 'Check the balance and the limits of the OpenAI account.',
      },
    );
  }
  if (name === 'model_not_found') {
    return new GatewayError(
      'OPENAI_MODEL_NOT_FOUND',
      `OpenAI does not know the model for this key ${said}.`,
      {
        advice: 'Check OPENAI_REALTIME_MODEL; at Azure it is the name of the deployment.',
      },
    );
  }
  if (PROTOCOL.has(name)) {
    return new GatewayError('OPENAI_PROTOCOL_REFUSED', `OpenAI refuses the kind of session ${said}.`, {
      advice: 'Check OPENAI_REALTIME_URL: it must be the GA address, without intent or api-version.',
    });
  }
  if (RATE.has(name)) {
    return new GatewayError('OPENAI_RATE_LIMITED', `OpenAI limits the rate of this account ${said}.`, {
      advice: 'Raise the limits of the account, or take fewer calls at a time.',
      retryable: true,
    });
  }
  if (name === 'session_expired') {
    return new GatewayError('OPENAI_SESSION_EXPIRED', `OpenAI ended the session at its time limit ${said}.`, {
      retryable: true,
    });
  }
  if (name === 'server_error' || error.type === 'server_error') {
    return new GatewayError('OPENAI_SERVER_ERROR', `OpenAI reports trouble of its own ${said}.`, {
      retryable: true,
    });
  }
  return new GatewayError('OPENAI_REQUEST_REFUSED', `OpenAI refused an event of the gateway ${said}.`);
}

/** The socket was closed by the far side. Null: in good order. */
export function closeError(code: number, last: ServerError | null): GatewayError | null {
  const severity = last === null ? 'fault' : severityOf(last);
  if (last !== null && (severity === 'fatal' || severity === 'renew')) return vendorError(last);
  if (code === 1000) return null;
  if (RECOVERABLE_CLOSES.has(code)) {
    return new GatewayError(
      'OPENAI_CONNECTION_LOST',
      `The connection to OpenAI was lost (close code ${code}).`,
      {
        retryable: true,
      },
    );
  }
  return new GatewayError(
    'OPENAI_CONNECTION_REFUSED',
    `OpenAI closed the connection for good (close code ${code}).`,
    {
      advice: 'Check the key, the address and the model; the log holds the last error event.',
    },
  );
}

/** The answer to the upgrade was not 101. */
export function handshakeError(status: number): GatewayError {
  if (status === 401 || status === 403) return unauthorized(`(HTTP ${status})`);
  if (status === 429) {
    return new GatewayError('OPENAI_RATE_LIMITED', 'OpenAI limits the rate of this account (HTTP 429).', {
      advice: 'Raise the limits of the account, or take fewer calls at a time.',
      retryable: true,
    });
  }
  const retryable = status === 408 || status >= 500;
  return new GatewayError('OPENAI_HANDSHAKE_REFUSED', `OpenAI refused the connection (HTTP ${status}).`, {
    retryable,
    advice: retryable
      ? undefined
      : 'Check OPENAI_REALTIME_URL and OPENAI_REALTIME_MODEL. Redirects are not followed.',
  });
}

function unauthorized(said: string): GatewayError {
  return new GatewayError('OPENAI_UNAUTHORIZED', `OpenAI does not accept the key ${said}.`, {
    advice: 'Check OPENAI_API_KEY and what the key is allowed to do.',
  });
}

export const keyMissing = (): GatewayError =>
  new GatewayError('OPENAI_KEY_MISSING', 'There is no key for OpenAI.', { advice: 'Set OPENAI_API_KEY.' });

export const formatUnsupported = (format: AudioFormat): GatewayError =>
  new GatewayError('OPENAI_FORMAT_UNSUPPORTED', `OpenAI sessions here do not speak ${formatName(format)}.`, {
    advice: 'Set OPENAI_AUDIO_FORMAT to a format that the gateway can convert to.',
  });

export const connectAborted = (): GatewayError =>
  new GatewayError('OPENAI_CONNECT_ABORTED', 'The call ended before OpenAI was ready.');

export const connectTimeout = (ms: number): GatewayError =>
  new GatewayError('OPENAI_CONNECT_TIMEOUT', `OpenAI was not ready within ${Math.round(ms)} ms.`, {
    retryable: true,
  });

export const unreachable = (cause: unknown): GatewayError =>
  new GatewayError('OPENAI_UNREACHABLE', `OpenAI could not be reached: ${networkCode(cause)}.`, {
    advice: 'Check the network and OPENAI_REALTIME_URL.',
    retryable: true,
    cause,
  });

export const configRefused = (error: ServerError): GatewayError =>
  new GatewayError(
    'OPENAI_CONFIG_REFUSED',
    `OpenAI refused the configuration of the session (${plain(error.code ?? error.type)}${
      error.param === null ? '' : ` at ${plain(error.param)}`
    }).`,
    { advice: 'Compatible servers know fewer settings: leave out what this one does not take.' },
  );

export const configUnconfirmed = (ms: number): GatewayError =>
  new GatewayError('OPENAI_CONFIG_UNCONFIRMED', `The server did not confirm the session within ${ms} ms.`, {
    advice: 'For a compatible server that never does, set requireSessionUpdated to false.',
    retryable: true,
  });

export const configMismatch = (what: string): GatewayError =>
  new GatewayError('OPENAI_CONFIG_MISMATCH', `The server confirmed the session with ${what}.`, {
    advice: 'The caller would hear noise or the agent lack its functions; check the server.',
  });

export const closedEarly = (): GatewayError =>
  new GatewayError('OPENAI_CONNECTION_LOST', 'OpenAI closed the connection before the session was ready.', {
    retryable: true,
  });

export const closedOwing = (): GatewayError =>
  new GatewayError(
    'OPENAI_CLOSED_EARLY',
    'OpenAI closed the connection in good order while it owed an answer.',
  );

export const sessionLeft = (): GatewayError =>
  new GatewayError(
    'OPENAI_SESSION_EXPIRED',
    'The session reached its time limit while something was under way.',
    {
      retryable: true,
    },
  );

export const silentPeer = (ms: number): GatewayError =>
  new GatewayError('OPENAI_SILENT', `OpenAI has not answered a ping for ${Math.round(ms)} ms.`, {
    retryable: true,
  });

export const responseStalled = (ms: number): GatewayError =>
  new GatewayError('OPENAI_RESPONSE_STALLED', `A response of OpenAI stood still for ${Math.round(ms)} ms.`, {
    retryable: true,
  });

export const badMessage = (what: string): GatewayError =>
  new GatewayError('OPENAI_BAD_MESSAGE', `OpenAI sent something that cannot be read: ${what}.`);

export const MESSAGE_FAILED = 'OPENAI_MESSAGE_FAILED';

/** What was thrown may quote people, so it is the cause and no part of the message. */
export const messageFailed = (cause: unknown): GatewayError =>
  new GatewayError(MESSAGE_FAILED, 'An event of OpenAI could not be handled and was passed over.', {
    advice: 'This is a fault of the gateway; the log holds where it happened.',
    cause,
  });

export const nonsense = (count: number): GatewayError =>
  new GatewayError('OPENAI_NONSENSE', `Of the messages of OpenAI ${count} in a row were of no use.`, {
    retryable: true,
  });

export const responseIncomplete = (reason: string | null): GatewayError =>
  new GatewayError(
    'OPENAI_RESPONSE_INCOMPLETE',
    `OpenAI cut a response short (${plain(reason ?? 'no reason')}).`,
    {
      advice:
        reason === 'max_output_tokens' ? 'Raise maxOutputTokens or ask for shorter answers.' : undefined,
    },
  );

export const answerWithoutSound = (): GatewayError =>
  new GatewayError(
    'OPENAI_ANSWER_WITHOUT_SOUND',
    'OpenAI completed a response with neither sound nor a function call.',
  );

export const transcriptionFailed = (error: ServerError | null): GatewayError =>
  new GatewayError(
    'OPENAI_TRANSCRIPTION_FAILED',
    `OpenAI could not transcribe a turn of the caller (${plain(error?.code ?? error?.type ?? 'no reason')}).`,
  );

export const keepsBreaking = (cause: GatewayError): GatewayError =>
  new GatewayError(
    'OPENAI_UNSTABLE',
    `Connections to OpenAI break soon after they are made: ${cause.message}`,
    {
      cause,
    },
  );

/** Words of the vendor's protocol only, cut to a length that a label can bear. */
export function plain(text: string): string {
  return text.replace(/[^\w.[\]-]+/g, '_').slice(0, 80);
}

/** `ECONNREFUSED` and the like. Texts of network errors hold addresses, so they stay out. */
export function networkCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return 'unknown';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return 'name' in cause && typeof cause.name === 'string' ? cause.name : 'unknown';
}
