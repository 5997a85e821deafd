import type { CallerNews, EndReason, GatewayError } from '#libs/contracts';

/** What the browser says in text; sound travels as binary messages. */
export type BrowserMessage =
  | {
      readonly type: 'start';
      readonly callId: string | null;
      readonly from: string | null;
      /** By name; null: whichever answers such a call. */
      readonly agent: string | null;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly type: 'mark'; readonly name: string }
  | { readonly type: 'dtmf'; readonly digit: string }
  | { readonly type: 'stop' };

/** Why a text is no message, in words for whoever writes the other side. */
export interface Misunderstood {
  readonly type: 'misunderstood';
  readonly why: string;
}

const LONGEST_MESSAGE = 32_768;
const LONGEST_ID = 128;
const LONGEST_FROM = 64;
const LONGEST_AGENT = 100;
const MOST_PARAMETERS = 32;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for; they have no place in logs and lists.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

const no = (why: string): Misunderstood => ({ type: 'misunderstood', why });

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= longest;
}

/** A text of one line, `null` where there is none, `undefined` where it is something else. */
function lineOrNull(value: unknown, longest: number): string | null | undefined {
  if (value === undefined || value === null) return null;
  return isText(value, longest) && !CONTROL_CHARACTERS.test(value) ? value : undefined;
}

/** Never throws, whatever the text holds. */
export function parseMessage(json: string): BrowserMessage | Misunderstood {
  if (json.length > LONGEST_MESSAGE) return no(`longer than ${LONGEST_MESSAGE} characters`);
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(json) as Record<string, unknown>;
  } catch {
    return no('not JSON');
  }
  if (typeof message !== 'object' || message === null) return no('not an object');
  switch (message.type) {
    case 'start':
      return parseStart(message);
    case 'mark':
      return isText(message.name, LONGEST_ID)
        ? { type: 'mark', name: message.name }
        : no('a mark without a name');
    case 'dtmf':
      return typeof message.digit === 'string' && /^[0-9*#A-D]$/.test(message.digit)
        ? { type: 'dtmf', digit: message.digit }
        : no('a digit is one of 0-9, *, #, A-D');
    case 'stop':
      return { type: 'stop' };
    default:
      return no('of no known type');
  }
}

function parseStart(message: Record<string, unknown>): BrowserMessage | Misunderstood {
  const callId = lineOrNull(message.callId, LONGEST_ID);
  if (callId === undefined) return no(`callId is one line of at most ${LONGEST_ID} characters`);
  const from = lineOrNull(message.from, LONGEST_FROM);
  if (from === undefined) return no(`from is one line of at most ${LONGEST_FROM} characters`);
  const agent = lineOrNull(message.agent, LONGEST_AGENT);
  if (agent === undefined) return no(`agent is one line of at most ${LONGEST_AGENT} characters`);
  const given = message.parameters ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) return no('parameters are an object of texts');
  const entries = Object.entries(given);
  if (entries.length > MOST_PARAMETERS) return no(`more than ${MOST_PARAMETERS} parameters`);
  // Without a prototype, so that a parameter may bear any name.
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of entries) {
    if (!isText(name, LONGEST_NAME) || typeof value !== 'string' || value.length > LONGEST_VALUE)
      return no(
        `a parameter is a text of at most ${LONGEST_VALUE} characters under a name of at most ${LONGEST_NAME}`,
      );
    parameters[name] = value;
  }
  return { type: 'start', callId, from, agent, parameters: { ...parameters } };
}

export const CLEAR = '{"type":"clear"}';
export const buildReady = (callId: string): string => JSON.stringify({ type: 'ready', callId });
export const buildMark = (name: string): string => JSON.stringify({ type: 'mark', name });
export const buildNews = (news: CallerNews): string => JSON.stringify({ type: 'news', ...news });
export const buildEnded = (reason: EndReason): string => JSON.stringify({ type: 'ended', reason });
export const buildError = ({ code, message }: GatewayError): string =>
  JSON.stringify({ type: 'error', code, message });
