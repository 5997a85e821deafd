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

const DIGITS = /^[0-9*#A-D]{1,64}$/;

/** What the activities of a message (section 8) come to. */
export interface ActivityListener {
  onStart(parameters: Readonly<Record<string, unknown>>): void;
  /** One key. */
  onDigit(digit: string): void;
  onPlayFinished(streamId: string | null): void;
  /** False: the value has not the documented shape. */
  onTransferStatus(value: unknown): boolean;
  onBadActivity(error: GatewayError): void;
  onOddActivity(error: GatewayError): void;
}

/** Hears them in order. False: one of them, or the message itself, was bad. */
export function hearActivities(message: VaicMessage, listener: ActivityListener): boolean {
  let good = true;
  for (const one of readActivities(message) ?? [null]) {
    if (one !== null && hear(one, listener)) continue;
    good = false;
    listener.onBadActivity(errors.activityMalformed());
  }
  return good;
}

function hear(one: Activity, listener: ActivityListener): boolean {
  if (one.type !== 'event') {
    listener.onOddActivity(errors.unknownActivity(one.type));
    return true;
  }
  switch (one.name) {
    case 'start':
      listener.onStart(one.parameters);
      return true;
    case 'dtmf':
      return hearDigits(one.value, listener);
    case 'playfinished':
      listener.onPlayFinished(one.streamId);
      return true;
    case 'transferstatus':
      return listener.onTransferStatus(one.value);
    default:
      if (!IDLE_EVENTS.has(one.name)) listener.onOddActivity(errors.unknownActivity(one.name));
      return true;
  }
}

function hearDigits(value: unknown, listener: ActivityListener): boolean {
  const digits = (typeof value === 'number' ? String(value) : (textOf(value) ?? '')).toUpperCase();
  if (!DIGITS.test(digits)) return false;
  for (const digit of digits) listener.onDigit(digit);
  return true;
}
