import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { bytesFromSamples, writeWav } from '#libs/audio';
import type { CallRecord, DialStatus, TranscriptItem } from '#libs/contracts';
import type { CallReport } from '../call/call-report.js';
import { type CallRecording, recordingOf } from '../call/recording.js';
import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';
import type { SimSession } from '../openai/index.js';
import type { CalleeScript } from '../twilio/twilio-options.js';
import { type BothSides, compare, remembered } from './both-sides.js';
import { AGENT_NAME, AGENT_WORDS, CUSTOMER, ORDER_NUMBER, SHOP } from './flower-shop.js';
import { type Finding, say, sayFindings, sayLines } from './print.js';
import { compareTrack, readRecording, type TrackLikeness } from './recorded.js';
import { RestClient } from './rest-client.js';
import { ADMIN_TOKEN, type Stage } from './stage.js';

const SAID: readonly ShippedSpeech[] = ['caller-order', 'caller-person'];
const PHONE_RATE = 8000;
const PLACED_WITHIN_MS = 10_000;
/** The record is written behind the call. */
const KEPT_WITHIN_MS = 10_000;
const MEAN_LIKENESS = 0.95;
/** Half a piece, where the recording sets its place right; of sound that is missing nothing is alike. */
const LEAST_LIKENESS = 0.4;
/** Each piece is in its place to 20 ms. */
const MOST_MOVED_MS = 40;

/** A person who answers after a second, asks where the order is, and then wants to speak to somebody. */
export const customer: CalleeScript = {
  is: 'human',
  ringsForMs: 1000,
  knownAfterMs: 2500,
  call: {
    script: async (caller) => {
      const [question, wish] = SAID.map(shippedSpeech);
      await caller.listen();
      await caller.say(question!);
      await caller.listen();
      await caller.say(wish!);
      await caller.listen();
      // The shop answers now, and the customer talks to a person.
      await caller.pause(15_000);
    },
    onDial: () => ({ status: 'completed', ringsForMs: 500, talksForMs: 1000 }),
  },
};

interface Kept {
  readonly order: DialStatus;
  readonly record: CallRecord & { readonly transcript: readonly TranscriptItem[] };
  readonly subtitles: string;
  readonly recording: Uint8Array;
}

/** Has a customer called over the REST interface, as a program would. Resolves to whether everything was as it should be. */
export async function outboundCall(stage: Stage, sessionNumber: number): Promise<boolean> {
  const { gateway, openai, folder } = stage;
  const admin = new RestClient(gateway.origin, ADMIN_TOKEN);
  const key = await admin.ask<{ secret: string }>('POST', '/api/keys', 201, {
    name: 'shop',
    role: 'operator',
  });
  const api = new RestClient(gateway.origin, key.secret);
  const body = { to: CUSTOMER, agent: AGENT_NAME, parameters: { customer: 'Ada' }, detectMachine: true };
  const ordered = await api.ask<DialStatus>('POST', '/api/calls', 202, body);
  say(`POST /api/calls ${JSON.stringify(body)} -> ${ordered.state}`);
  const call = await withinTime(stage.placed, PLACED_WITHIN_MS);
  const report = await call.ended;
  if (report.lineUpAt === null) {
    say(`  The call did not come about: ${report.outcome}, ${report.detail}  <-- BAD`);
    return false;
  }
  const session = await openai.session(sessionNumber);
  const truth = recordingOf(call.line.record);
  const kept = await fetchKept(api, ordered.orderId);
  const files = await writeFiles(join(folder, 'outbound'), kept, truth, session);
  const said = SAID.map(shippedSpeech);
  const sides = compare(report, truth, session, said, PHONE_RATE);
  sayLines(sides.lines);
  const findings = [
    dialFinding(kept.order),
    toolFinding(stage, kept.record),
    transferFinding(report, kept.record),
    recordingFinding(kept.recording, truth, session),
    transcriptFinding(kept.record.transcript, sides),
  ];
  sayFindings(findings);
  for (const breach of report.breaches)
    say(`  the simulated Twilio complains: ${breach.code} ${breach.message}`);
  say('');
  for (const [path, what] of files) say(`  ${relative('.', path).padEnd(36)} ${what}`);
  return sides.good && findings.every(({ good }) => good);
}

async function fetchKept(api: RestClient, orderId: string): Promise<Kept> {
  const order = await api.follow<DialStatus>(
    `/api/orders/${orderId}`,
    ({ state }) => state === 'over',
    KEPT_WITHIN_MS,
  );
  const path = `/api/calls/${order.callId}`;
  const record = await api.follow<Kept['record']>(
    `${path}?transcript=true`,
    ({ endedAt, recording }) => endedAt !== null && recording?.state === 'saved',
    KEPT_WITHIN_MS,
  );
  return {
    order,
    record,
    subtitles: await api.text(`${path}/transcript?format=vtt`),
    recording: await api.bytes(`${path}/recording`),
  };
}

function dialFinding({ state, outcome, callee, attempts }: DialStatus): Finding {
  return {
    about: 'order',
    words: `${state}, ${outcome} by a ${callee} (found out beside the call), attempts: ${attempts}`,
    good: state === 'over' && outcome === 'answered' && callee === 'human' && attempts === 1,
  };
}

function toolFinding({ tools }: Stage, record: CallRecord): Finding {
  const [asked] = tools.asked;
  const used = record.tools.find(({ name }) => name === 'order_status');
  return {
    about: 'tool',
    words:
      asked === undefined
        ? `was never asked rightly; requests without a good signature: ${tools.refused}`
        : `${asked.tool} ${JSON.stringify(asked.arguments)}, signature checked, answered in ${used?.tookMs.toFixed(0)} ms`,
    good:
      tools.asked.length === 1 &&
      tools.refused === 0 &&
      JSON.stringify(asked?.arguments) === JSON.stringify({ order: ORDER_NUMBER }) &&
      used?.failed === false,
  };
}

function transferFinding({ events, ok }: CallReport, { endReason, endOwner }: CallRecord): Finding {
  const dialled = events.find(({ what }) => what.startsWith('<Dial>'))?.what ?? 'nobody was dialled';
  return {
    about: 'transfer',
    words: `${dialled}; the record says: ${endReason} by the ${endOwner}`,
    good: ok && dialled.includes(SHOP) && endReason === 'transferred' && endOwner === 'agent',
  };
}

function recordingFinding(file: Uint8Array, truth: CallRecording, session: SimSession): Finding {
  const { sampleRate, durationMs, left, right } = readRecording(file);
  const of = (samples: Int16Array) => ({ samples, sampleRate: truth.sampleRate });
  const agent = session.everyItem.filter((item) => item.isAgentSound).map(remembered);
  const caller = compareTrack(SAID.map(shippedSpeech), of(truth.spoken), left, PHONE_RATE);
  const heard = compareTrack(agent, of(truth.heard), right, PHONE_RATE);
  const shiftsMs = [...caller.shiftsMs, ...heard.shiftsMs];
  const movedMs = Math.max(...shiftsMs) - Math.min(...shiftsMs);
  const percent = ({ meanShare }: TrackLikeness) => `${(meanShare * 100).toFixed(1)} %`;
  const isAlike = (track: TrackLikeness) =>
    track.meanShare >= MEAN_LIKENESS && track.leastShare >= LEAST_LIKENESS;
  return {
    about: 'recording',
    words:
      `${(durationMs / 1000).toFixed(1)} s at ${sampleRate / 1000} kHz; left ${percent(caller)} alike what was said, ` +
      `right ${percent(heard)} alike what was heard; in place to ${movedMs.toFixed(0)} ms`,
    good: isAlike(caller) && isAlike(heard) && movedMs <= MOST_MOVED_MS,
  };
}

/** All words are there, in order; the number that was spoken is not. */
function transcriptFinding(items: readonly TranscriptItem[], { lines }: BothSides): Finding {
  const by = (speaker: string) => items.filter((item) => item.speaker === speaker);
  const wanted = lines.filter(({ speaker }) => speaker === 'caller').map(({ words }) => words);
  const caller = by('caller').map(({ heard }) => heard);
  const agent = by('agent').map(({ heard }) => heard);
  const hidden = wanted.map((words) => words.replace('four two seven', '[number]'));
  return {
    about: 'transcript',
    words: `${items.length} lines as heard; kept of the number: "${caller[0]}"`,
    good: isSame(agent, AGENT_WORDS) && isSame(caller, hidden) && !isSame(hidden, wanted),
  };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((words, index) => words === other[index]);
}

async function writeFiles(
  folder: string,
  { record, subtitles, recording }: Kept,
  truth: CallRecording,
  session: SimSession,
): Promise<readonly (readonly [path: string, what: string])[]> {
  const callee = new Int16Array(2 * truth.heard.length);
  for (let i = 0; i < truth.heard.length; i++) {
    callee[2 * i] = truth.spoken[i]!;
    callee[2 * i + 1] = truth.heard[i]!;
  }
  const ai = session.turns[0];
  const aiHeard = Int16Array.from(session.turns.flatMap(({ samples }) => [...samples]));
  const wav = (channels: number, sampleRate: number, samples: Int16Array) =>
    writeWav({ encoding: 'pcm16', sampleRate }, channels, bytesFromSamples(samples));
  const files: readonly (readonly [name: string, what: string, content: string | Uint8Array])[] = [
    ['recording.wav', "the gateway's recording: GET /api/calls/{id}/recording", recording],
    ['record.json', 'the record with its transcript: GET /api/calls/{id}', JSON.stringify(record, null, 2)],
    ['transcript.vtt', 'the transcript as subtitles of the recording', subtitles],
    ['customer.wav', 'what the customer said (left) and heard (right)', wav(2, truth.sampleRate, callee)],
    [
      'ai-heard.wav',
      'what the AI heard, one turn after the other',
      wav(1, ai?.sampleRate ?? PHONE_RATE, aiHeard),
    ],
  ];
  await mkdir(folder, { recursive: true });
  await Promise.all(files.map(([name, , content]) => writeFile(join(folder, name), content)));
  return files.map(([name, what]) => [join(folder, name), what]);
}

async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  let cancel: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = setTimeout(() => reject(new Error('The gateway did not have the call placed.')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(cancel);
  }
}
