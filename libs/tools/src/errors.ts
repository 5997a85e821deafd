import { GatewayError } from '#libs/contracts';

/* The way out. Hosts are named, never paths or queries: they may hold keys. */

export const urlRefused = (why: string): GatewayError =>
  new GatewayError('HTTP_URL_REFUSED', `The address cannot be used: ${why}.`, {
    advice:
      'Give an https address without user and password; plain http is for hosts in OUTGOING_ALLOWED_HOSTS.',
  });

export const addressRefused = (host: string): GatewayError =>
  new GatewayError(
    'HTTP_ADDRESS_REFUSED',
    `${host} leads into a private or special network, or to plain http, that is not allowed.`,
    { advice: 'If this is meant, name the host or its network in OUTGOING_ALLOWED_HOSTS.' },
  );

export const redirectRefused = (host: string, why: string): GatewayError =>
  new GatewayError('HTTP_REDIRECT_REFUSED', `${host} answered with a redirect ${why}.`, {
    advice: 'Set the address that answers by itself.',
  });

export const httpTimeout = (host: string): GatewayError =>
  new GatewayError('HTTP_TIMEOUT', `${host} did not answer in time.`, { retryable: true });

export const httpTooLarge = (host: string, maxBytes: number): GatewayError =>
  new GatewayError('HTTP_TOO_LARGE', `${host} answered with more than ${maxBytes} bytes.`);

export const httpUnreachable = (
  host: string,
  code: string,
  retryable: boolean,
  cause: unknown,
): GatewayError =>
  new GatewayError('HTTP_UNREACHABLE', `${host} could not be reached (${code}).`, { retryable, cause });

export const httpAborted = (host: string): GatewayError =>
  new GatewayError(
    'HTTP_ABORTED',
    `The request to ${host} was given up, since nobody waits for it any more.`,
  );

export const allowedInvalid = (entry: string): GatewayError =>
  new GatewayError('HTTP_ALLOWED_INVALID', `"${entry}" is neither a host name, an address nor a network.`, {
    advice: 'Write crm.internal, *.internal, 10.1.2.3 or 10.1.0.0/16.',
  });

/* What is wrong with the tools of an agent, found when they are read. */

export const referencesInvalid = (problems: readonly string[]): GatewayError =>
  new GatewayError('TOOL_REFERENCE_INVALID', problems.join(' '), {
    advice: 'libs/tools/README.md shows each kind of tool.',
  });

/* What the model is told when a function fails: the messages are for it. */

const failure = (code: string, words: string, cause?: unknown): GatewayError =>
  new GatewayError(code, words, cause === undefined ? {} : { cause });

export const toolUnknown = (name: string): GatewayError =>
  failure('TOOL_UNKNOWN', `There is no function named ${name}.`);

export const argumentsWrong = (name: string, problems: readonly string[]): GatewayError =>
  failure(
    'TOOL_ARGUMENTS_WRONG',
    `The arguments of ${name} are wrong: ${problems.join('; ')}. Correct them, asking the caller if need be, and call the function again.`,
  );

export const toolFailed = (name: string, cause: unknown): GatewayError =>
  failure('TOOL_FAILED', `The function ${name} failed.`, cause);

export const toolAddressRefused = (cause: unknown): GatewayError =>
  failure(
    'TOOL_ADDRESS_REFUSED',
    'The service leads to an address that it must not use. Do not try again.',
    cause,
  );

export const toolTimeout = (cause?: unknown): GatewayError =>
  failure(
    'TOOL_TIMEOUT',
    'The service did not answer in time. It is not known whether it did what was asked.',
    cause,
  );

export const toolTooLarge = (cause: unknown): GatewayError =>
  failure('TOOL_TOO_LARGE', 'The service answered with far more than can be read. Ask for less.', cause);

export const toolUnreachable = (cause: unknown): GatewayError =>
  failure('TOOL_UNREACHABLE', 'The service cannot be reached just now.', cause);

export const toolStatus = (status: number): GatewayError =>
  failure('TOOL_HTTP_STATUS', `The service refused or failed (status ${status}).`);

export const toolAnswerWrong = (what: string): GatewayError =>
  failure(
    'TOOL_ANSWER_WRONG',
    `The service answered with ${what}, which cannot be read. Do not guess its answer.`,
  );

export const toolCallGone = (): GatewayError => failure('TOOL_CALL_GONE', 'The call is over.');

export const toolRefused = (words: string): GatewayError => failure('TOOL_REFUSED', words);

export const mcpAway = (server: string, cause?: unknown): GatewayError =>
  failure('TOOL_MCP_AWAY', `The service ${server} cannot be reached just now.`, cause);
