import type { XmlElement } from './xml.js';

type Method = 'GET' | 'POST';
type Warn = (code: string, message: string) => void;

/** What `<Dial>` asks for: one noun, or its own text as a number. */
export interface DialOrder {
  readonly target: string;
  readonly noun: 'Number' | 'Sip' | 'Client' | 'Conference' | 'Queue';
  readonly timeoutMs: number;
  /** How long the two may talk; Twilio's own four hours where nothing is said. */
  readonly limitMs: number;
  /** Null: the document goes on behind the verb. */
  readonly action: string | null;
  readonly method: Method;
  readonly callerId: string | null;
  /** Of the noun. */
  readonly statusCallback: string | null;
  readonly statusCallbackEvents: readonly string[];
}

/** What `<Gather>` asks for. */
export interface GatherOrder {
  readonly speech: boolean;
  readonly keys: boolean;
  /** Null: the URL of the document itself. */
  readonly action: string | null;
  readonly method: Method;
  readonly timeoutMs: number;
  /** Silence is posted too; otherwise the document goes on. */
  readonly actionOnEmptyResult: boolean;
  /** What is said while the caller may already answer. */
  readonly said: readonly string[];
}

const DIAL_ATTRIBUTES = new Set(
  (
    'action method answerOnBridge callerId timeout timeLimit hangupOnStar record recordingTrack recordingStatusCallback ' +
    'recordingStatusCallbackMethod recordingStatusCallbackEvent trim ringTone referUrl sequential events'
  ).split(' '),
);
const NOUNS = new Set(['Number', 'Sip', 'Client', 'Conference', 'Queue']);
const GATHER_ATTRIBUTES = new Set(
  (
    'input action method actionOnEmptyResult timeout speechTimeout numDigits finishOnKey hints language speechModel ' +
    'profanityFilter partialResultCallback partialResultCallbackMethod bargeIn maxSpeechTime enhanced debug'
  ).split(' '),
);
const GATHER_INPUTS = new Set(['dtmf', 'speech', 'dtmf speech', 'speech dtmf']);
const EVENTS = new Set(['initiated', 'ringing', 'answered', 'completed']);
const DEFAULT_RING_S = 30;
const DEFAULT_LIMIT_S = 14_400;
const DEFAULT_GATHER_S = 5;

export function dialOrder(element: XmlElement, warn: Warn): DialOrder {
  const { attributes, children, text } = element;
  unknownAttributes(element, DIAL_ATTRIBUTES, warn);
  const [noun, ...more] = children;
  if (more.length > 0) warn('12200', 'more than one noun inside <Dial>');
  if (noun !== undefined && !NOUNS.has(noun.name)) warn('12200', `<${noun.name}> inside <Dial>`);
  const target = noun?.text ?? text;
  if (target === '') warn('13223', '<Dial> without a number');
  const events = (noun?.attributes.statusCallbackEvent ?? 'completed').split(' ');
  for (const event of events)
    if (!EVENTS.has(event)) warn('12200', `no such event of a dialled call: ${event}`);
  return {
    target,
    noun: (noun?.name ?? 'Number') as DialOrder['noun'],
    timeoutMs: 1000 * seconds(attributes.timeout, DEFAULT_RING_S, warn),
    limitMs: 1000 * seconds(attributes.timeLimit, DEFAULT_LIMIT_S, warn, 'timeLimit'),
    action: attributes.action ?? null,
    method: methodOf(attributes.method),
    callerId: attributes.callerId ?? null,
    statusCallback: noun?.attributes.statusCallback ?? null,
    statusCallbackEvents: events,
  };
}

export function gatherOrder(element: XmlElement, warn: Warn): GatherOrder {
  const { attributes, children } = element;
  unknownAttributes(element, GATHER_ATTRIBUTES, warn);
  const input = attributes.input ?? 'dtmf';
  if (!GATHER_INPUTS.has(input)) warn('13335', `input="${input}" of <Gather>`);
  for (const { name } of children) {
    if (!['Say', 'Play', 'Pause'].includes(name)) warn('12200', `<${name}> inside <Gather>`);
  }
  return {
    speech: input.includes('speech'),
    keys: input.includes('dtmf'),
    action: attributes.action ?? null,
    method: methodOf(attributes.method),
    timeoutMs: 1000 * seconds(attributes.timeout, DEFAULT_GATHER_S, warn),
    actionOnEmptyResult: attributes.actionOnEmptyResult === 'true',
    said: children.filter(({ name }) => name === 'Say').map(({ text }) => text),
  };
}

function unknownAttributes({ name, attributes }: XmlElement, known: ReadonlySet<string>, warn: Warn): void {
  for (const attribute of Object.keys(attributes)) {
    if (!known.has(attribute)) warn('12200', `<${name}> has an attribute "${attribute}"`);
  }
}

function seconds(text: string | undefined, otherwise: number, warn: Warn, name = 'timeout'): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  warn('12200', `${name}="${text}" is no number of seconds`);
  return otherwise;
}

export function methodOf(text: string | undefined): Method {
  return text?.toUpperCase() === 'GET' ? 'GET' : 'POST';
}
