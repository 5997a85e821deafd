import type { GatewayError } from '#libs/contracts';
import { type Activity, readActivities, textOf, type VaicMessage } from './audiocodes.messages.js';
import { errors } from './errors.js';

/** Known events that nothing follows from; the end of the call, for one, is told by session.end alone. */
const IDLE_EVENTS = new Set([
  'nouserinput',
  'hangup',
  'playurlfailed',
  'voicedetected',
  'silencedetected',
  'dialoutinitiated',
  'agentconnected',
  'conversationend',
  'speechhypothesis',
]);

const MAX_DIGITS = 64;
const DIGITS = /^[0-9*#A-D]+$/;

/** What the activities of a message (section 8) come to. */
export interface ActivityListener {
  onStart(parameters: Readonly<Record<string, unknown>>): void;
  /** One or more keys, in order. */
  onDigits(digits: string): void;
  onPlayFinished(streamId: string | null): void;
  /** False: the value has not the documented shape. */
  onTransferStatus(value: unknown): boolean;
  onBadActivity(error: GatewayError): void;
  onOddActivity(error: GatewayError): void;
}

export function hearActivities(message: VaicMessage, listener: ActivityListener): void {
  const activities = readActivities(message);
  if (activities === null) listener.onBadActivity(errors.activityMalformed());
  for (const one of activities ?? []) {
    if (one === null) listener.onBadActivity(errors.activityMalformed());
    else if (one.type === 'event') hearEvent(one, listener);
    else listener.onOddActivity(errors.unknownActivity(one.type));
  }
}

function hearEvent(event: Activity, listener: ActivityListener): void {
  if (event.name === 'start') listener.onStart(event.parameters);
  else if (event.name === 'playfinished') listener.onPlayFinished(event.streamId);
  else if (event.name === 'dtmf') {
    const digits = digitsOf(event.value);
    if (digits === null) listener.onBadActivity(errors.activityMalformed());
    else listener.onDigits(digits);
  } else if (event.name === 'transferstatus') {
    if (!listener.onTransferStatus(event.value)) listener.onBadActivity(errors.activityMalformed());
  } else if (!IDLE_EVENTS.has(event.name)) listener.onOddActivity(errors.unknownActivity(event.name));
}

function digitsOf(value: unknown): string | null {
  const digits = (typeof value === 'number' ? String(value) : (textOf(value) ?? '')).toUpperCase();
  return DIGITS.test(digits) && digits.length <= MAX_DIGITS ? digits : null;
}
