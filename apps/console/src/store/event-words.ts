import type { CallEvent } from './protocol.js';
import { backendWord, plainWords, span } from './words.js';

export interface EventWords {
  readonly words: string;
  /** `detail` is shown on request only. */
  readonly tone: 'plain' | 'good' | 'bad' | 'operator' | 'detail';
}

type Data = CallEvent['data'];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const ms = (value: unknown): string => span(typeof value === 'number' ? value : null);
const trackWord = (value: unknown): string => (value === 'caller' ? 'Caller' : 'Agent');

const ACTIONS: Readonly<Record<string, string>> = {
  listen: 'listens in',
  say: 'let the agent say something',
  whisper: 'whispered to the agent',
  mute: 'muted the agent',
  unmute: 'let the agent be heard again',
  'take-over': 'took over the call',
  'give-back': 'gave the call back to the agent',
  'hang-up': 'hung up',
  transfer: 'hands the caller on',
  'send-dtmf': 'sent keys to the caller',
  'pause-recording': 'paused the recording',
  'resume-recording': 'let the recording go on',
};

const CAUSES: Readonly<Record<string, string>> = {
  speech: 'the caller spoke',
  key: 'a key was pressed',
  'leg-lost': 'the line was lost',
  operator: 'an operator stepped in',
};

const WORDS: Readonly<Record<string, (data: Data) => EventWords>> = {
  'call.offered': () => ({ words: 'The call came in', tone: 'plain' }),
  'call.answered': ({ setupMs }) => ({ words: `Answered after ${ms(setupMs)}`, tone: 'plain' }),
  'call.connected': ({ setupMs, backend }) => ({
    words: `${backendWord(text(backend))} is on the line after ${ms(setupMs)}`,
    tone: 'good',
  }),
  'call.suspended': ({ code }) => ({ words: `The line was lost (${text(code)})`, tone: 'bad' }),
  'call.resumed': ({ afterMs }) => ({ words: `The line is back after ${ms(afterMs)}`, tone: 'good' }),
  'call.ended': ({ reason, code }) => ({
    words: `Ended: ${plainWords(text(reason)).toLowerCase()}${text(code) === '' ? '' : ` (${text(code)})`}`,
    tone: text(code) === '' ? 'plain' : 'bad',
  }),
  'call.transferring': ({ by }) => ({ words: `The caller is being handed on (${text(by)})`, tone: 'plain' }),
  'call.transferred': ({ tookMs }) => ({ words: `Handed on after ${ms(tookMs)}`, tone: 'good' }),
  'call.transfer.failed': ({ code }) => ({ words: `Handing on failed (${text(code)})`, tone: 'bad' }),
  'call.limit.reached': ({ limit }) => ({ words: `A limit was reached: ${text(limit)}`, tone: 'bad' }),
  'call.fell.back': ({ to, code }) => ({
    words: `The AI was away (${text(code)}); in its place: ${text(to)}`,
    tone: 'bad',
  }),
  'callee.detected': ({ callee, tookMs }) => ({
    words: `Answered by: ${text(callee)}, known after ${ms(tookMs)}`,
    tone: 'plain',
  }),
  'recording.started': () => ({ words: 'The recording began', tone: 'plain' }),
  'recording.paused': ({ by }) => ({
    words: text(by) === 'digits' ? 'The recording pauses while keys are entered' : 'The recording was paused',
    tone: 'plain',
  }),
  'recording.resumed': () => ({ words: 'The recording goes on', tone: 'plain' }),
  'recording.saved': ({ durationMs }) => ({ words: `Recording saved, ${ms(durationMs)}`, tone: 'good' }),
  'recording.failed': ({ code }) => ({ words: `The recording failed (${text(code)})`, tone: 'bad' }),
  'caller.dtmf': ({ digit }) => ({
    words: `The caller pressed ${digit === '' ? 'a key' : text(digit)}`,
    tone: 'plain',
  }),
  'agent.interrupted': ({ cause, stopMs }) => ({
    words: `The agent was interrupted: ${CAUSES[text(cause)] ?? text(cause)}; silent after ${ms(stopMs)}`,
    tone: 'plain',
  }),
  'agent.audio.starved': ({ starvedMs }) => ({
    words: `A hole of ${ms(starvedMs)} in the agent’s speech`,
    tone: 'bad',
  }),
  'turn.measured': ({ turnLatencyMs }) =>
    typeof turnLatencyMs === 'number'
      ? { words: `Answered after ${ms(turnLatencyMs)}`, tone: 'detail' }
      : { words: 'A turn of the caller without an answer', tone: 'bad' },
  'interruption.judged': ({ wasFalse }) => ({
    words:
      wasFalse === true
        ? 'No words followed the interruption: it was a false one'
        : 'The interruption was real',
    tone: wasFalse === true ? 'bad' : 'detail',
  }),
  'tool.called': ({ name }) => ({ words: `The agent called the function ${text(name)}`, tone: 'plain' }),
  'tool.answered': ({ name, failed, cutShort, tookMs }) => ({
    words: `The function ${text(name)} ${cutShort === true ? 'was cut short' : failed === true ? 'failed' : 'answered'} after ${ms(tookMs)}`,
    tone: failed === true && cutShort !== true ? 'bad' : 'plain',
  }),
  'operator.acted': ({ action, by }) => ({
    words: `${text(by)} ${ACTIONS[text(action)] ?? text(action)}`,
    tone: 'operator',
  }),
  'audio.dropped': ({ track, frames, reason }) => ({
    words: `${trackWord(track)}: ${String(frames)} frames dropped (${plainWords(text(reason)).toLowerCase()})`,
    tone: 'bad',
  }),
  'audio.stalled': ({ track, forMs }) => ({
    words: `No sound of the ${trackWord(track).toLowerCase()} for ${ms(forMs)}`,
    tone: 'bad',
  }),
  'audio.recovered': ({ track, afterMs }) => ({
    words: `Sound of the ${trackWord(track).toLowerCase()} is back after ${ms(afterMs)}`,
    tone: 'good',
  }),
  'quality.degraded': ({ track, words }) => ({ words: `${trackWord(track)}: ${text(words)}`, tone: 'bad' }),
  'quality.recovered': ({ track, kind, degradedMs }) => ({
    words: `${trackWord(track)}: ${plainWords(text(kind)).toLowerCase()} is better after ${ms(degradedMs)}`,
    tone: 'good',
  }),
  'backend.connected': ({ backend, tookMs }) => ({
    words: `Connected to ${backendWord(text(backend))} in ${ms(tookMs)}`,
    tone: 'detail',
  }),
  'backend.lost': ({ backend, code }) => ({
    words: `${backendWord(text(backend))} was lost (${text(code)})`,
    tone: 'bad',
  }),
  'backend.restored': ({ backend, how, tookMs }) => ({
    words: `${backendWord(text(backend))} is back (${text(how)}) after ${ms(tookMs)}`,
    tone: 'good',
  }),
  'backend.failed': ({ backend, code }) => ({
    words: `${backendWord(text(backend))} reported a fault (${text(code)})`,
    tone: 'bad',
  }),
  'platform.failed': ({ code }) => ({ words: `The platform reported a fault (${text(code)})`, tone: 'bad' }),
};

/** An event as a sentence for people. */
export function eventWords({ type, data }: CallEvent): EventWords {
  return WORDS[type]?.(data) ?? { words: plainWords(type), tone: 'detail' };
}

/** Each event with a name of its own that it keeps: the same may happen to both tracks at the same moment. */
export function keyed(events: readonly CallEvent[]): readonly (readonly [key: string, event: CallEvent])[] {
  const times = new Map<string, number>();
  return events.map((event) => {
    const moment = `${event.atMs} ${event.type}`;
    const nth = (times.get(moment) ?? 0) + 1;
    times.set(moment, nth);
    return [`${moment} ${nth}`, event];
  });
}
