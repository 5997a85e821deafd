import type { CallReport } from '../call/call-report.js';
import { linear } from '../call/ear.js';
import type { CallRecording } from '../call/recording.js';
import type { Speech } from '../call/speech.js';
import type { SimItem, SimSession, Turn } from '../openai/index.js';
import { findLikeness, type Likeness } from './likeness.js';

/** One thing that was said, seen from both ends of the call. */
export interface Line {
  /** Since the line was up. */
  readonly atMs: number;
  readonly speaker: 'caller' | 'agent';
  readonly words: string;
  readonly details: readonly string[];
  readonly good: boolean;
}

export interface BothSides {
  readonly lines: readonly Line[];
  readonly good: boolean;
}

/** Below this the sound that arrived is not the sound that was sent. */
const LEAST_LIKENESS = 0.97;
/** The figure that the project promises. */
const WORST_TRUNCATION_MS = 40;

/** Puts together what the caller, the platform and the AI know of one call. */
export function compare(
  report: CallReport,
  recording: CallRecording,
  session: SimSession,
  said: readonly Speech[],
  bandRate: number,
): BothSides {
  const lines = [
    ...agentLines(report, recording, session, bandRate),
    ...callerLines(report, session, said, bandRate),
  ];
  lines.sort((a, b) => a.atMs - b.atMs);
  const complete = session.turns.length === said.length;
  return { lines, good: report.ok && complete && lines.every((line) => line.good) };
}

function agentLines(
  report: CallReport,
  recording: CallRecording,
  session: SimSession,
  bandRate: number,
): Line[] {
  const bargeIns = [...report.bargeIns];
  return session.everyItem
    .filter((item) => item.isAgentSound)
    .map((item) => {
      const sentAtMs = item.sound[0]!.atMs - report.lineUpAt!;
      const bargeIn = item.truncatedAtMs === null ? undefined : bargeIns.shift();
      const sound = remembered(item);
      const heard = { samples: recording.heard, sampleRate: recording.sampleRate };
      const likeness = findLikeness(sound, heard, bandRate, Math.max(0, sentAtMs - 50), sentAtMs + 1000);
      const details = [heardOf(item, bargeIn?.heardMs ?? item.audioMs), alike(likeness)];
      let good = likeness !== null && likeness.share >= LEAST_LIKENESS;
      if (item.truncatedAtMs !== null) {
        const offMs = bargeIn === undefined ? Number.POSITIVE_INFINITY : item.truncatedAtMs - bargeIn.heardMs;
        const silencedMs = bargeIn?.afterCallerStartedMs ?? null;
        if (silencedMs !== null) details.push(`silent ${ms(silencedMs)} after the caller began`);
        details.push(`the AI was told ${ms(item.truncatedAtMs)}: off by ${offMs.toFixed(1)} ms`);
        good &&= Math.abs(offMs) <= WORST_TRUNCATION_MS;
      }
      return {
        atMs: likeness?.atMs ?? sentAtMs,
        speaker: 'agent' as const,
        words: wordsOf(item, session),
        details,
        good,
      };
    });
}

function callerLines(
  report: CallReport,
  session: SimSession,
  said: readonly Speech[],
  bandRate: number,
): Line[] {
  return session.turns.map((turn, index) => {
    const speech = said[index];
    const likeness = speech ? heardByAi(speech, turn, bandRate) : null;
    const answer = report.turns[index];
    const details = [alike(likeness)];
    if (answer?.answerHeardAfterMs != null)
      details.push(`answer heard after ${ms(answer.answerHeardAfterMs)}`);
    return {
      atMs: answer?.startedMs ?? turn.startedAtMs - report.lineUpAt!,
      speaker: 'caller' as const,
      words: session.items.find((item) => item.id === turn.itemId)?.transcript ?? '(not understood)',
      details,
      good: likeness !== null && likeness.share >= LEAST_LIKENESS && answer?.answerHeardAfterMs != null,
    };
  });
}

/** A turn begins a little before the speech was noticed and ends with the silence that ended it. */
function heardByAi(speech: Speech, turn: Turn, bandRate: number): Likeness | null {
  const turnMs = (turn.samples.length * 1000) / turn.sampleRate;
  const speechMs = (speech.samples.length * 1000) / speech.sampleRate;
  return findLikeness(speech, turn, bandRate, 0, Math.max(0, turnMs - speechMs) + 300);
}

/** That part of an item's sound that was heard. */
export function remembered(item: SimItem): { samples: Int16Array; sampleRate: number } {
  const format = item.format!;
  const samples = linear(item.bytes, format);
  return {
    samples: samples.subarray(0, Math.floor((item.rememberedMs * format.sampleRate) / 1000)),
    sampleRate: format.sampleRate,
  };
}

function wordsOf(item: SimItem, session: SimSession): string {
  const spoken = session.sent
    .ofType('response.output_audio_transcript.delta')
    .filter(({ event }) => event.item_id === item.id)
    .map(({ event }) => String(event.delta));
  return item.transcript ?? (spoken.join('') || '(no transcript)');
}

function heardOf(item: SimItem, heardMs: number): string {
  return item.truncatedAtMs === null
    ? `heard to its end, ${seconds(item.audioMs)}`
    : `interrupted, heard ${seconds(heardMs)} of ${seconds(item.audioMs)}`;
}

function alike(likeness: Likeness | null): string {
  return likeness === null ? 'nothing arrived' : `${(likeness.share * 100).toFixed(1)} % alike`;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

function seconds(valueMs: number): string {
  return `${(valueMs / 1000).toFixed(2)} s`;
}
