import type { EventType } from '#libs/contracts';
import { errors } from './errors.js';

/** Every event that can be told; the compiler keeps it true. Left out: what comes every second, or with each word. */
const TOLD: Readonly<Record<Exclude<EventType, Untold>, true>> = {
  'call.offered': true,
  'call.answered': true,
  'call.connected': true,
  'call.suspended': true,
  'call.resumed': true,
  'call.ended': true,
  'call.transferring': true,
  'call.transferred': true,
  'call.transfer.failed': true,
  'call.limit.reached': true,
  'call.fell.back': true,
  'callee.detected': true,
  'caller.speech.started': true,
  'caller.speech.stopped': true,
  'caller.turn.committed': true,
  'caller.dtmf': true,
  'caller.idle': true,
  'digits.collecting': true,
  'digits.collected': true,
  'agent.response.started': true,
  'agent.response.finished': true,
  'agent.interrupted': true,
  'agent.item.heard': true,
  'agent.item.unheard': true,
  'agent.dtmf.sent': true,
  'transcript.final': true,
  'tool.called': true,
  'tool.answered': true,
  'recording.started': true,
  'recording.paused': true,
  'recording.resumed': true,
  'recording.saved': true,
  'recording.failed': true,
  'operator.acted': true,
  'audio.stalled': true,
  'audio.recovered': true,
  'conversation.measured': true,
  'quality.degraded': true,
  'quality.recovered': true,
  'quality.measured': true,
  'backend.connected': true,
  'backend.lost': true,
  'backend.restored': true,
  'backend.failed': true,
  'backend.used': true,
  'platform.failed': true,
  'dial.changed': true,
};

type Untold =
  | 'agent.audio.arrived'
  | 'agent.audio.heard'
  | 'agent.audio.started'
  | 'agent.audio.starved'
  | 'transcript.partial'
  | 'audio.dropped'
  | 'audio.sampled'
  | 'turn.measured'
  | 'interruption.judged'
  | 'conversation.sampled'
  | 'quality.sampled'
  | 'dial.refused'
  | 'webhook.attempted'
  | 'webhook.given.up'
  | 'store.away'
  | 'store.back'
  | 'call.refused'
  | 'upgrade.rejected'
  | 'listener.failed';

export const WEBHOOK_EVENTS = Object.keys(TOLD) as readonly (keyof typeof TOLD)[];

/** What a webhook is told of where it does not say otherwise. */
export const DEFAULT_EVENTS: readonly string[] = [
  'call.*',
  'transcript.final',
  'tool.*',
  'recording.*',
  'dial.changed',
];

/** The types that are meant. Throws WEBHOOK_EVENT_UNKNOWN for what means none. */
export function chosen(patterns: readonly string[]): ReadonlySet<EventType> {
  const types = new Set<EventType>();
  for (const pattern of patterns) {
    const isBeginning = pattern.endsWith('.*');
    const found = WEBHOOK_EVENTS.filter((type) =>
      isBeginning ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
    );
    if (found.length === 0) throw errors.unknownEvent(pattern);
    for (const type of found) types.add(type);
  }
  return types;
}
