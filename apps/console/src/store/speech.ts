import { type OfferClock, sinceOffer } from './offer-clock.js';
import type { CallEvent, Speaker, Stretch } from './protocol.js';

const MOST_STRETCHES = 2000;

/** Who spoke when, after `event`. */
export function speechAfter(
  speech: readonly Stretch[],
  event: CallEvent,
  offer: OfferClock,
): readonly Stretch[] {
  switch (event.type) {
    case 'caller.speech.started':
      return begun(speech, 'caller', sinceOffer(offer, event, 'startedMs'));
    case 'caller.speech.stopped':
      return ended(speech, 'caller', sinceOffer(offer, event, 'stoppedMs'));
    case 'agent.audio.heard':
      return begun(speech, 'agent', sinceOffer(offer, event, 'heardAtMs'));
    case 'agent.item.heard':
    case 'agent.interrupted':
      return ended(speech, 'agent', event.atMs);
    case 'call.suspended':
    case 'call.ended':
      return ended(ended(speech, 'agent', event.atMs), 'caller', event.atMs);
    default:
      return speech;
  }
}

function begun(speech: readonly Stretch[], speaker: Speaker, atMs: number): readonly Stretch[] {
  const stretches = [...ended(speech, speaker, atMs), { speaker, fromMs: atMs, toMs: null }];
  return stretches.length > MOST_STRETCHES ? stretches.slice(-MOST_STRETCHES) : stretches;
}

function ended(speech: readonly Stretch[], speaker: Speaker, atMs: number): readonly Stretch[] {
  const index = speech.findLastIndex((stretch) => stretch.speaker === speaker);
  const last = speech[index];
  if (last === undefined || last.toMs !== null) return speech;
  return speech.with(index, { ...last, toMs: Math.max(last.fromMs, atMs) });
}
