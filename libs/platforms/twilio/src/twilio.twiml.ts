import type { TwilioConfig } from './twilio.config.js';
import { PARAMETER_CHARACTERS } from './twilio.messages.js';
import { timeLimit } from './twilio.time-limit.js';

/** Some voices take 3000 characters. */
const SAY_PIECE = /[\s\S]{1,2900}(?=\s|$)|[\s\S]{1,2900}/g;
/** Silence after which the caller is asked again. */
const GATHER_S = 6;

export interface StreamTwiml {
  /** wss, without a query: Twilio drops everything from the question mark on. */
  readonly streamUrl: string;
  readonly statusUrl: string;
  /** Asked for more TwiML when the stream is over and the caller is still there. */
  readonly afterStreamUrl: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Connects the caller with the stream. A parameter that Twilio would refuse for its length is left out. */
export function connectTwiml(twiml: StreamTwiml): string {
  const parameters = Object.entries(twiml.parameters)
    .filter(([name, value]) => name.length + value.length < PARAMETER_CHARACTERS)
    .map(([name, value]) => `<Parameter name="${escapeXml(name)}" value="${escapeXml(value)}"/>`)
    .join('');
  const stream =
    `<Stream url="${escapeXml(twiml.streamUrl)}" statusCallback="${escapeXml(twiml.statusUrl)}"` +
    ` statusCallbackMethod="POST">${parameters}</Stream>`;
  return document(
    `<Connect>${stream}</Connect><Redirect method="POST">${escapeXml(twiml.afterStreamUrl)}</Redirect>`,
  );
}

/** Says why the call cannot go on, then goes where the operator wants such callers, or hangs up. */
export function apologyTwiml(text: string, config: TwilioConfig): string {
  const next =
    config.fallbackRedirectUrl === ''
      ? '<Hangup/>'
      : `<Redirect method="POST">${escapeXml(config.fallbackRedirectUrl)}</Redirect>`;
  return document(`${say(text, config)}${next}`);
}

export interface TransferTwiml {
  /** A number, or a SIP address. */
  readonly to: string;
  readonly ringForMs: number;
  /** So long may the caller still be on the line; null: as long as Twilio lets him. */
  readonly leftMs: number | null;
  /** Asked for more TwiML when the other party has gone, or was never there; with `/party`: told when it has answered. */
  readonly actionUrl: string;
}

/** Calls somebody and joins the two. Who is called sees the number that Twilio shows by default: the caller's. */
export function transferTwiml({ to, ringForMs, leftMs, actionUrl }: TransferTwiml): string {
  const noun = /^sips?:/i.test(to) ? 'Sip' : 'Number';
  const party =
    `<${noun} statusCallback="${escapeXml(`${actionUrl}/party`)}" statusCallbackMethod="POST"` +
    ` statusCallbackEvent="answered">${escapeXml(to)}</${noun}>`;
  const timeout = Math.max(1, Math.ceil(ringForMs / 1000));
  const limitS = leftMs === null ? undefined : timeLimit(leftMs).timeLimit;
  const limit = limitS === undefined ? '' : ` timeLimit="${limitS}"`;
  return document(
    `<Dial answerOnBridge="true" timeout="${timeout}"${limit} action="${escapeXml(actionUrl)}" method="POST">${party}</Dial>`,
  );
}

/** Says this and waits for words or keys; silence is posted too. */
export function gatherTwiml(text: string, actionUrl: string, config: TwilioConfig): string {
  return document(
    `<Gather input="speech dtmf" action="${escapeXml(actionUrl)}" method="POST" actionOnEmptyResult="true"` +
      ` speechTimeout="auto" timeout="${GATHER_S}"${languageOf(config)}>${say(text, config)}</Gather>`,
  );
}

/** Null: nothing is said. */
export function sayAndHangUpTwiml(text: string | null, config: TwilioConfig): string {
  return document(`${text === null ? '' : say(text, config)}<Hangup/>`);
}

export function hangUpTwiml(): string {
  return document('<Hangup/>');
}

/** Longer texts than one `<Say>` takes are split where words end. */
function say(text: string, config: TwilioConfig): string {
  const voice = config.sayVoice === '' ? '' : ` voice="${escapeXml(config.sayVoice)}"`;
  const pieces = text.trim() === '' ? [] : (text.trim().match(SAY_PIECE) ?? []);
  return pieces.map((piece) => `<Say${voice}${languageOf(config)}>${escapeXml(piece.trim())}</Say>`).join('');
}

function languageOf(config: TwilioConfig): string {
  return config.sayLanguage === '' ? '' : ` language="${escapeXml(config.sayLanguage)}"`;
}

function document(verbs: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
/** What XML 1.0 has no way to write, and line ends, which parsers change inside attributes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters meant.
const UNWRITABLE = /[\u0000-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu;

export function escapeXml(text: string): string {
  return text.replace(UNWRITABLE, ' ').replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
