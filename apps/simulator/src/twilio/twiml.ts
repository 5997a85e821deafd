import { type DialOrder, dialOrder, type GatherOrder, gatherOrder, methodOf } from './twiml-orders.js';
import { parseXml, type XmlElement, XmlError } from './xml.js';

/** What `<Connect><Stream>` asks for. */
export interface StreamOrder {
  readonly url: string;
  readonly name: string | null;
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: 'GET' | 'POST';
  readonly parameters: Readonly<Record<string, string>>;
  /** `<Connect action>`: where to ask for more TwiML when the stream has ended. */
  readonly action: string | null;
}

export type Verb =
  | { readonly verb: 'Connect'; readonly stream: StreamOrder }
  | { readonly verb: 'Say'; readonly text: string }
  | { readonly verb: 'Pause'; readonly seconds: number }
  | { readonly verb: 'Redirect'; readonly url: string; readonly method: 'GET' | 'POST' }
  | { readonly verb: 'Hangup' }
  | { readonly verb: 'Reject'; readonly reason: string }
  | { readonly verb: 'Dial'; readonly dial: DialOrder }
  | { readonly verb: 'Gather'; readonly gather: GatherOrder }
  /** Known to Twilio, without meaning for a simulated caller. */
  | { readonly verb: 'Other'; readonly name: string };

/** A fault of a document by Twilio's error code. Those that stop the document are thrown, the others are listed. */
export class TwimlFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Twiml {
  readonly verbs: readonly Verb[];
  readonly warnings: readonly TwimlFault[];
}

export interface TwimlRules {
  /** Accept `ws://` stream URLs, which Twilio never does. For tests on one machine. */
  readonly allowInsecure: boolean;
}

const OTHER_VERBS = [
  'Play',
  'Record',
  'Start',
  'Stop',
  'Enqueue',
  'Leave',
  'Pay',
  'Prompt',
  'Refer',
  'Sms',
  'Siprec',
];
const STREAM_ATTRIBUTES = ['url', 'name', 'track', 'statusCallback', 'statusCallbackMethod'];
/** Name and value of one `<Parameter>` together stay under this. */
const PARAMETER_LIMIT = 500;
/** For the basic voice; other voices allow other lengths. */
const SAY_LIMIT = 4096;

/** Throws TwimlFault 12100 for malformed XML and the stream family's codes for a bad `<Stream>`. */
export function parseTwiml(text: string, rules: TwimlRules): Twiml {
  const root = rootOf(text);
  const warnings: TwimlFault[] = [];
  const warn = (code: string, message: string) => void warnings.push(new TwimlFault(code, message));
  if (root.text !== '') warn('12200', 'text directly inside <Response>');
  const verbs = root.children.map((element, index) => verbOf(element, index, rules, warn));
  return { verbs, warnings };
}

function rootOf(text: string): XmlElement {
  try {
    const root = parseXml(text);
    if (root.name === 'Response') return root;
    throw new TwimlFault('12100', `the root element is <${root.name}>, not <Response>`);
  } catch (thrown) {
    if (thrown instanceof XmlError)
      throw new TwimlFault('12100', `document parse failure: ${thrown.message}`);
    throw thrown;
  }
}

function verbOf(
  element: XmlElement,
  index: number,
  rules: TwimlRules,
  warn: (code: string, message: string) => void,
): Verb {
  const { name, attributes, text } = element;
  switch (name) {
    case 'Connect':
      return { verb: 'Connect', stream: streamOf(element, rules, warn) };
    case 'Say':
      if (text.length > SAY_LIMIT) warn('13521', `<Say> holds ${text.length} characters`);
      if (text === '') warn('13520', '<Say> without text');
      return { verb: 'Say', text };
    case 'Pause':
      return { verb: 'Pause', seconds: Number(attributes.length ?? 1) };
    case 'Redirect':
      if (text === '') warn('12200', '<Redirect> without a URL');
      return { verb: 'Redirect', url: text, method: methodOf(attributes.method) };
    case 'Hangup':
      return { verb: 'Hangup' };
    case 'Reject':
      if (index > 0) warn('12200', '<Reject> is not the first verb');
      return { verb: 'Reject', reason: attributes.reason ?? 'rejected' };
    case 'Dial':
      return { verb: 'Dial', dial: dialOrder(element, warn) };
    case 'Gather':
      return { verb: 'Gather', gather: gatherOrder(element, warn) };
    default:
      if (!OTHER_VERBS.includes(name)) warn('12200', `<${name}> is no verb of TwiML`);
      return { verb: 'Other', name };
  }
}

function streamOf(
  connect: XmlElement,
  rules: TwimlRules,
  warn: (code: string, message: string) => void,
): StreamOrder {
  const [stream, ...more] = connect.children;
  if (stream?.name !== 'Stream' || more.length > 0) {
    throw new TwimlFault('12200', '<Connect> must hold exactly one <Stream>');
  }
  const { attributes } = stream;
  for (const name of Object.keys(attributes)) {
    if (!STREAM_ATTRIBUTES.includes(name)) warn('12200', `<Stream> has an attribute "${name}"`);
  }
  const track = attributes.track;
  if (track !== undefined && track !== 'inbound_track') {
    throw new TwimlFault('31941', `track="${track}" is not allowed inside <Connect>`);
  }
  return {
    url: checkedStreamUrl(attributes.url ?? '', rules),
    name: attributes.name ?? null,
    statusCallback: checkedCallback(attributes.statusCallback, warn),
    statusCallbackMethod: methodOf(attributes.statusCallbackMethod),
    parameters: parametersOf(stream, warn),
    action: connect.attributes.action ?? null,
  };
}

function checkedStreamUrl(url: string, rules: TwimlRules): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new TwimlFault('31923', `"${url}" is no absolute URL`);
  }
  const secure = parsed.protocol === 'wss:' || (rules.allowInsecure && parsed.protocol === 'ws:');
  if (!secure)
    throw new TwimlFault('31922', `the stream's scheme is ${parsed.protocol}, only wss: is allowed`);
  if (url.includes('?')) throw new TwimlFault('31920', 'a query string in the url of <Stream>');
  return url;
}

function checkedCallback(
  url: string | undefined,
  warn: (code: string, message: string) => void,
): string | null {
  if (url === undefined) return null;
  if (/^https?:\/\/[^/]/.test(url)) return url;
  warn('21609', `statusCallback "${url}" is no absolute URL`);
  return null;
}

function parametersOf(
  stream: XmlElement,
  warn: (code: string, message: string) => void,
): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const { name, attributes } of stream.children) {
    const key = attributes.name;
    const value = attributes.value;
    if (name !== 'Parameter') warn('12200', `<${name}> inside <Stream>`);
    else if (!key || value === undefined) warn('12200', '<Parameter> needs a name and a value');
    else if (key.length + value.length >= PARAMETER_LIMIT)
      warn('12200', `<Parameter name="${key}"> is too long`);
    else parameters[key] = value;
  }
  return parameters;
}
