import type { MachineDetection, StatusEvent } from './twilio-options.js';
import type { RecordingChange, RecordingOrder } from './twilio-recordings.js';

/** A form as it was sent: parameters may be repeated. */
export type ApiForm = URLSearchParams;

/** A refusal by Twilio's error code. */
export class ApiRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export function notFound(path: string): ApiRefusal {
  return new ApiRefusal(404, 20404, `The requested resource ${path} was not found`);
}

/** The answer by which a request is refused. */
export function refusal(status: number, code: number, message: string) {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

/** What `POST Calls.json` asks for. */
export interface CallOrder {
  readonly to: string;
  readonly from: string;
  readonly url: string | null;
  readonly twiml: string | null;
  readonly method: 'GET' | 'POST';
  readonly ringForMs: number;
  /** Null: Twilio's own four hours. */
  readonly limitMs: number | null;
  readonly statusCallback: string | null;
  readonly statusEvents: readonly StatusEvent[];
  readonly detection: MachineDetection | null;
  readonly recording: RecordingOrder | null;
}

const CREATE_PARAMETERS = new Set(
  (
    'To From Url Twiml ApplicationSid Method FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod ' +
    'StatusCallbackEvent Timeout TimeLimit SendDigits Record RecordingChannels RecordingTrack RecordingStatusCallback ' +
    'RecordingStatusCallbackMethod RecordingStatusCallbackEvent Trim MachineDetection MachineDetectionTimeout ' +
    'MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold MachineDetectionSilenceTimeout AsyncAmd ' +
    'AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod CallerId CallReason CallToken Byoc SipAuthUsername ' +
    'SipAuthPassword ClientNotificationUrl'
  ).split(' '),
);
const UPDATE_PARAMETERS = new Set(
  'Status Twiml Url Method TimeLimit StatusCallback StatusCallbackMethod FallbackUrl FallbackMethod'.split(
    ' ',
  ),
);
const RECORDING_PARAMETERS = new Set(
  'RecordingChannels RecordingTrack Trim RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent'.split(
    ' ',
  ),
);
const RECORDING_CHANGES = new Set(['Status', 'PauseBehavior']);
const EVENTS: Readonly<Record<string, StatusEvent>> = {
  initiated: 'initiated',
  ringing: 'ringing',
  answered: 'in-progress',
  completed: 'completed',
};
export const TWIML_LIMIT = 4000;
const NUMBER = /^\+[1-9]\d{6,14}$/;
const DEFAULT_RING_S = 60;
const MOST_RING_S = 600;

/** Throws ApiRefusal. */
export function callOrder(form: ApiForm): CallOrder {
  checkNames(form, CREATE_PARAMETERS);
  const to = form.get('To') ?? '';
  const from = form.get('From') ?? '';
  if (to === '') throw new ApiRefusal(400, 21201, "No 'To' number is specified");
  if (!NUMBER.test(to) && !to.startsWith('sip:'))
    throw new ApiRefusal(400, 21211, `The phone number you are attempting to call, ${to}, is not valid.`);
  if (from === '') throw new ApiRefusal(400, 21213, "No 'From' number is specified");
  if (!NUMBER.test(from))
    throw new ApiRefusal(400, 21212, `The source phone number provided, ${from}, is not valid.`);
  const url = form.get('Url');
  // Where both are given the URL wins.
  const twiml = url === null ? form.get('Twiml') : null;
  if (url === null && twiml === null) throw new ApiRefusal(400, 21205, 'Url parameter is required.');
  if (url !== null) checkUrl(url, 21205);
  if (twiml !== null) checkTwimlLength(twiml);
  const statusCallback = optionalUrl(form, 'StatusCallback', 21609);
  const ringS = Number(form.get('Timeout') ?? DEFAULT_RING_S);
  if (!Number.isInteger(ringS) || ringS < 1 || ringS > MOST_RING_S)
    throw new ApiRefusal(400, 20001, `Timeout must be 1 to ${MOST_RING_S} seconds`);
  const limitS = form.has('TimeLimit') ? Number(form.get('TimeLimit')) : null;
  if (limitS !== null && !(Number.isInteger(limitS) && limitS > 0))
    throw new ApiRefusal(400, 20001, 'TimeLimit must be a number of seconds');
  return {
    to,
    from,
    url,
    twiml,
    method: methodOf(form.get('Method')),
    ringForMs: 1000 * ringS,
    limitMs: limitS === null ? null : 1000 * limitS,
    statusCallback,
    statusEvents: statusEvents(form),
    detection: detection(form),
    recording: form.get('Record') === 'true' ? recordingOrder(form, 'OutboundAPI') : null,
  };
}

/** Throws ApiRefusal for parameters that a running call does not have. */
export function checkUpdate(form: ApiForm): void {
  checkNames(form, UPDATE_PARAMETERS);
  const url = optionalUrl(form, 'Url', 21205);
  const twiml = form.get('Twiml');
  if (url !== null && twiml !== null) throw new ApiRefusal(400, 20001, 'Url and Twiml cannot both be given');
  if (twiml !== null) checkTwimlLength(twiml);
}

/** Throws ApiRefusal. */
export function startedRecording(form: ApiForm): RecordingOrder {
  checkNames(form, RECORDING_PARAMETERS);
  return recordingOrder(form, 'StartCallRecordingAPI');
}

/** Throws ApiRefusal. */
export function recordingChange(form: ApiForm): RecordingChange {
  checkNames(form, RECORDING_CHANGES);
  const status = form.get('Status');
  const pauseBehavior = form.get('PauseBehavior') ?? 'silence';
  if (status !== 'paused' && status !== 'in-progress' && status !== 'stopped')
    throw new ApiRefusal(400, 20001, `Status is ${status}`);
  if (pauseBehavior !== 'silence' && pauseBehavior !== 'skip')
    throw new ApiRefusal(400, 20001, `PauseBehavior is ${pauseBehavior}`);
  return { status, pauseBehavior };
}

function recordingOrder(form: ApiForm, source: RecordingOrder['source']): RecordingOrder {
  const channels = form.get('RecordingChannels') ?? 'mono';
  if (channels !== 'mono' && channels !== 'dual')
    throw new ApiRefusal(400, 20001, `RecordingChannels is ${channels}`);
  const events = form.getAll('RecordingStatusCallbackEvent').flatMap((value) => value.split(' '));
  return {
    channels: channels === 'dual' ? 2 : 1,
    source,
    callback: optionalUrl(form, 'RecordingStatusCallback', 21609),
    method: methodOf(form.get('RecordingStatusCallbackMethod')),
    events: events.length === 0 ? ['completed'] : events,
  };
}

function statusEvents(form: ApiForm): readonly StatusEvent[] {
  const named = form.getAll('StatusCallbackEvent');
  return (named.length === 0 ? ['completed'] : named).map((name) => {
    const event = EVENTS[name];
    if (event === undefined) throw new ApiRefusal(400, 21626, `StatusCallbackEvent is ${name}`);
    return event;
  });
}

function detection(form: ApiForm): MachineDetection | null {
  const mode = form.get('MachineDetection');
  if (mode === null) return null;
  if (mode !== 'Enable' && mode !== 'DetectMessageEnd')
    throw new ApiRefusal(400, 21234, `MachineDetection is ${mode}`);
  const timeoutS = Number(form.get('MachineDetectionTimeout') ?? 30);
  if (!Number.isInteger(timeoutS) || timeoutS < 3 || timeoutS > 59)
    throw new ApiRefusal(400, 21234, 'MachineDetectionTimeout must be 3 to 59 seconds');
  const messageEnd = mode === 'DetectMessageEnd';
  if (form.get('AsyncAmd') !== 'true') return { messageEnd, beside: null };
  const url = optionalUrl(form, 'AsyncAmdStatusCallback', 21609);
  if (url === null) throw new ApiRefusal(400, 21262, 'AsyncAmd without AsyncAmdStatusCallback');
  return { messageEnd, beside: { url, method: methodOf(form.get('AsyncAmdStatusCallbackMethod')) } };
}

function checkNames(form: ApiForm, known: ReadonlySet<string>): void {
  for (const name of form.keys()) {
    if (!known.has(name)) throw new ApiRefusal(400, 20001, `Unknown parameter ${name}`);
  }
}

function optionalUrl(form: ApiForm, name: string, code: number): string | null {
  const url = form.get(name);
  if (url !== null) checkUrl(url, code);
  return url;
}

/** Absolute, and no underscore in the host's name. */
function checkUrl(url: string, code: number): void {
  if (!/^https?:\/\/[^/_]+(\/|$)/.test(url))
    throw new ApiRefusal(400, code, `Url is not a valid URL: ${url}`);
}

function checkTwimlLength(twiml: string): void {
  if (twiml.length > TWIML_LIMIT)
    throw new ApiRefusal(400, 32018, `Twiml is longer than ${TWIML_LIMIT} characters`);
}

function methodOf(text: string | null): 'GET' | 'POST' {
  return text === 'GET' ? 'GET' : 'POST';
}
