import type { TwilioConfig } from './twilio.config.js';
import { PARAMETER_CHARACTERS } from './twilio.messages.js';

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
  const voice = config.sayVoice === '' ? '' : ` voice="${escapeXml(config.sayVoice)}"`;
  const language = config.sayLanguage === '' ? '' : ` language="${escapeXml(config.sayLanguage)}"`;
  const next =
    config.fallbackRedirectUrl === ''
      ? '<Hangup/>'
      : `<Redirect method="POST">${escapeXml(config.fallbackRedirectUrl)}</Redirect>`;
  return document(`<Say${voice}${language}>${escapeXml(text)}</Say>${next}`);
}

export function hangUpTwiml(): string {
  return document('<Hangup/>');
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
