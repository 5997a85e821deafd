import type { CallRecord, TranscriptItem } from '#libs/contracts';

export const TRANSCRIPT_FORMATS = ['json', 'text', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** For the header of an answer. */
export const TRANSCRIPT_TYPES: Readonly<Record<TranscriptFormat, string>> = {
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
};

const SPEAKERS: Readonly<Record<TranscriptItem['speaker'], string>> = {
  caller: 'Caller',
  agent: 'Agent',
  operator: 'Operator',
};

/** A line whose end is not known is shown for so long as it takes to read it, by this pace. */
const CHARACTERS_PER_SECOND = 15;
const SHORTEST_CUE_MS = 1000;

/** The transcript of a call for people and programs. `items` in the order of their beginnings, as the archive gives them. */
export function transcriptAs(
  format: TranscriptFormat,
  call: CallRecord,
  items: readonly TranscriptItem[],
): string {
  switch (format) {
    case 'json':
      return asJson(call, items);
    case 'text':
      return asText(call, items);
    case 'vtt':
      return asWebVtt(items);
  }
}

function asJson(call: CallRecord, items: readonly TranscriptItem[]): string {
  const { callId, agent, agentVersion, startedAt, endedAt } = call;
  const lines = items.map(({ callId: _, ...item }) => item);
  return `${JSON.stringify({ callId, agent, agentVersion, startedAt, endedAt, items: lines }, null, 2)}\n`;
}

function asText(call: CallRecord, items: readonly TranscriptItem[]): string {
  const head = `Call ${call.callId}, ${new Date(call.startedAt).toISOString()}, agent ${call.agent}`;
  const lines = items.map(
    (item) => `[${clock(item.atMs).slice(0, 8)}] ${SPEAKERS[item.speaker]}: ${words(item)}`,
  );
  return `${[head, '', ...lines].join('\n')}\n`;
}

/** What was said behind what was heard stands in brackets. */
function words({ said, heard }: TranscriptItem): string {
  const line = oneLine(said);
  if (heard === said) return line;
  return heard === '' ? `[not heard: ${line}]` : `${oneLine(heard)} [cut off; was to be: ${line}]`;
}

/** Subtitles of what could be heard, to be shown beside the recording. */
function asWebVtt(items: readonly TranscriptItem[]): string {
  const cues = items
    .filter(({ heard }) => heard.trim() !== '')
    .map(({ speaker, atMs, endMs, heard }) => {
      const text = oneLine(heard);
      const readMs = Math.max(SHORTEST_CUE_MS, (text.length / CHARACTERS_PER_SECOND) * 1000);
      const untilMs = endMs !== null && endMs > atMs ? endMs : atMs + readMs;
      return `${clock(atMs)} --> ${clock(untilMs)}\n<v ${SPEAKERS[speaker]}>${escaped(text)}`;
    });
  return `${['WEBVTT', ...cues].join('\n\n')}\n`;
}

/** 00:00:00.000 */
function clock(atMs: number): string {
  const ms = Math.max(0, Math.round(atMs));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Also keeps `-->` from ending a cue. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
