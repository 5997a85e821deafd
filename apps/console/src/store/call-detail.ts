import { type OfferClock, seen } from './offer-clock.js';
import type { CallEvent, CallSnapshot, CallSummary, Line, Sample, Speaker, Stretch } from './protocol.js';
import { NOT_RECORDED, type RecordingState, recordingAfter } from './recording-state.js';
import { speechAfter } from './speech.js';

/** One turn of the caller and how long the answer took, in milliseconds; null where it cannot be had. */
export interface Turn {
  readonly atMs: number;
  readonly turnLatencyMs: number | null;
  readonly heardLatencyMs: number | null;
  readonly endOfTurnMs: number | null;
  readonly modelMs: number | null;
  readonly gatewayMs: number | null;
}

/** Everything that the page of a call shows. Parts that did not change stay the same object. */
export interface CallDetail {
  readonly summary: CallSummary;
  readonly lines: readonly Line[];
  readonly speech: readonly Stretch[];
  readonly samples: Readonly<Record<Speaker, readonly Sample[]>>;
  readonly turns: readonly Turn[];
  readonly events: readonly CallEvent[];
  readonly recording: RecordingState;
  readonly offer: OfferClock;
}

const MOST_SAMPLES = 600;
const MOST_EVENTS = 500;
/** More of one kind in one go are shown as one, so that a flood does not hide everything else. */
const LONGEST_RUN = 20;
const MOST_LINES = 1000;

/** Too many of them, and shown in a better form than as events. */
const NOT_LISTED: ReadonlySet<string> = new Set([
  'transcript.partial',
  'transcript.final',
  'transcript.heard',
  'quality.sampled',
  'conversation.sampled',
  'audio.sampled',
  'agent.audio.arrived',
  'agent.audio.started',
  'agent.audio.heard',
  'agent.item.heard',
  'agent.item.unheard',
  'backend.used',
]);

export function detailFrom(snapshot: CallSnapshot): CallDetail {
  const { summary, transcript, speech, samples, events } = snapshot;
  return {
    summary,
    lines: transcript,
    speech,
    samples: {
      caller: samples.filter(({ track }) => track === 'caller'),
      agent: samples.filter(({ track }) => track === 'agent'),
    },
    turns: events.flatMap(turnOf),
    events: events.filter(({ type }) => !NOT_LISTED.has(type)),
    recording: events.reduce(recordingAfter, NOT_RECORDED),
    offer: events.reduce(seen, null),
  };
}

/** The call after `event`. */
export function afterEvent(before: CallDetail, event: CallEvent): CallDetail {
  const offer = seen(before.offer, event);
  const call: CallDetail = {
    ...before,
    offer,
    recording: recordingAfter(before.recording, event),
    speech: speechAfter(before.speech, event, offer),
    events: NOT_LISTED.has(event.type) ? before.events : withEvent(before.events, event),
  };
  switch (event.type) {
    case 'transcript.partial':
    case 'transcript.final':
      return { ...call, lines: newest(withWords(call.lines, event), MOST_LINES) };
    case 'transcript.heard':
      return { ...call, lines: withCut(call.lines, event) };
    case 'quality.sampled': {
      const sample = sampleOf(event);
      const track = newest([...call.samples[sample.track], sample], MOST_SAMPLES);
      return { ...call, samples: { ...call.samples, [sample.track]: track } };
    }
    case 'turn.measured':
      return { ...call, turns: [...call.turns, ...turnOf(event)] };
    default:
      return call;
  }
}

function newest<T>(items: readonly T[], most: number): readonly T[] {
  return items.length > most ? items.slice(-most) : items;
}

function withEvent(events: readonly CallEvent[], event: CallEvent): readonly CallEvent[] {
  const tail = events.slice(-LONGEST_RUN);
  const last = tail.at(-1);
  if (last === undefined || tail.length < LONGEST_RUN || tail.some(({ type }) => type !== event.type))
    return newest([...events, event], MOST_EVENTS);
  const count = (last.count ?? 1) + 1;
  return events.with(-1, { ...event, atMs: last.atMs, count, lastAtMs: event.atMs });
}

function withWords(lines: readonly Line[], { type, atMs, data, line }: CallEvent): readonly Line[] {
  const { speaker, itemId, text } = data as { speaker: Speaker; itemId: string; text: string };
  const final = type === 'transcript.final';
  const index = lines.findLastIndex((line) => line.itemId === itemId);
  const old = lines[index];
  if (old === undefined) {
    // The caller's words often come after the answer has begun, and belong before it.
    const begun = line ?? { itemId, speaker, text, final, atMs, heardText: null, cut: false };
    return lines.toSpliced(lines.findLastIndex((other) => other.atMs <= begun.atMs) + 1, 0, begun);
  }
  // After an interruption a backend repeats the line without what was not heard; that is told by transcript.heard.
  const isShortened = old.cut && old.text.startsWith(text);
  return lines.with(index, { ...old, text: isShortened ? old.text : text, final: old.final || final });
}

function withCut(lines: readonly Line[], { data }: CallEvent): readonly Line[] {
  const { itemId, text, heardText, cut } = data as {
    itemId: string;
    text: string;
    heardText: string | null;
    cut: boolean;
  };
  const index = lines.findLastIndex((line) => line.itemId === itemId);
  const old = lines[index];
  return old === undefined ? lines : lines.with(index, { ...old, text, heardText, cut });
}

function sampleOf({ atMs, data }: CallEvent): Sample {
  const { track, second } = data as {
    track: Speaker;
    second: Omit<Sample, 'track' | 'atMs' | 'jitterMs'> & { arrival: { jitterMs: number } | null };
  };
  const { levelDbov, snrDb, clippingPercent, score, arrival } = second;
  return { track, atMs, levelDbov, snrDb, clippingPercent, score, jitterMs: arrival?.jitterMs ?? null };
}

function turnOf({ type, atMs, data }: CallEvent): readonly Turn[] {
  return type === 'turn.measured' ? [{ ...(data as unknown as Omit<Turn, 'atMs'>), atMs }] : [];
}

/** What of a line was heard, and what was cut off. */
export function heardAndCut({ text, heardText, cut }: Line): { heard: string; unheard: string } {
  if (!cut) return { heard: text, unheard: '' };
  const heard = heardText !== null && text.startsWith(heardText) ? heardText : '';
  return { heard, unheard: text.slice(heard.length) };
}
