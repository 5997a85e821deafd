// Measures what the quality monitor costs: node --expose-gc test/load/quality-bench.mjs (after npm run build).
// First the analysis of one track: time per frame of 20 ms, the longest single push, memory. Then a call as the monitor runs
// it, both tracks with arrival and echo, per frame of either track; what it does once a second is counted apart.
import { readFileSync } from 'node:fs';
import { decodeMulaw, encodeMulaw, monoOf, Resampler, readWav } from '#libs/audio';
import { ArrivalMeter } from '../../dist/libs/observers/quality/src/analysis/arrival.js';
import { EchoMeter } from '../../dist/libs/observers/quality/src/analysis/echo.js';
import { TrackAnalyser } from '../../dist/libs/observers/quality/src/analysis/track-analyser.js';
import { DEFAULT_THRESHOLDS } from '../../dist/libs/observers/quality/src/rating/measures.js';
import { TrackMonitor } from '../../dist/libs/observers/quality/src/track-monitor.js';

const SPEECH = ['caller-hello', 'caller-order', 'caller-hours', 'caller-stop', 'agent-answer'];
const FORMATS = [
  { encoding: 'mulaw', sampleRate: 8000 },
  { encoding: 'pcm16', sampleRate: 16000 },
  { encoding: 'pcm16', sampleRate: 24000 },
];
const ROUNDS = 15;
const FRAMES_A_SECOND = 50;
const PAUSE_SECONDS = 0.7;
const TRACKS = 200;
const CALL_MINUTES = 4;
const CALL_ROUNDS = 7;
const FRAME_MS = 1000 / FRAMES_A_SECOND;

/** Sentences with pauses in a quiet room, in frames of 20 ms. */
function framesOf({ encoding, sampleRate }) {
  const pieces = [];
  for (const name of SPEECH) {
    const sound = readWav(readFileSync(new URL(`../../apps/simulator/speech/${name}.wav`, import.meta.url)));
    const mono = monoOf(sound);
    pieces.push(
      sound.sampleRate === sampleRate ? mono : new Resampler(sound.sampleRate, sampleRate).resample(mono),
      new Int16Array(Math.round(PAUSE_SECONDS * sampleRate)),
    );
  }
  const whole = new Int16Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  let state = 1;
  for (let i = 0; i < whole.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    whole[i] = Math.max(-32768, Math.min(32767, whole[i] + (state >> 26)));
  }
  const sound = encoding === 'mulaw' ? decodeMulaw(encodeMulaw(whole)) : whole;
  const size = sampleRate / FRAMES_A_SECOND;
  const seconds = Math.floor(sound.length / sampleRate);
  return Array.from({ length: seconds * FRAMES_A_SECOND }, (_, i) =>
    sound.subarray(i * size, (i + 1) * size),
  );
}

function microsecondsSince(startedAt) {
  return Number(process.hrtime.bigint() - startedAt) / 1000;
}

/** The median of many rounds: all of the speech through one analyser that has heard it before. */
function microsecondsAFrame(format, frames) {
  const analyser = new TrackAnalyser(format);
  for (let i = 0; i < 5; i++) for (const frame of frames) analyser.push(frame);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startedAt = process.hrtime.bigint();
    for (const frame of frames) analyser.push(frame);
    return microsecondsSince(startedAt) / frames.length;
  }).sort((a, b) => a - b);
  return { median: rounds[ROUNDS >> 1], best: rounds[0] };
}

/** Each frame's least of many rounds, and of those the longest, so that other work of the machine does not count. */
function longestPush(format, frames) {
  const least = new Float64Array(frames.length).fill(Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    const analyser = new TrackAnalyser(format);
    for (const [i, frame] of frames.entries()) {
      const startedAt = process.hrtime.bigint();
      analyser.push(frame);
      least[i] = Math.min(least[i], microsecondsSince(startedAt));
    }
  }
  return Math.max(...least);
}

/** Growth of the heap without any collection; figures are made once a second. */
function bytesAFrame(format, frames) {
  const analyser = new TrackAnalyser(format);
  for (let i = 0; i < ROUNDS; i++) for (const frame of frames) analyser.push(frame);
  global.gc();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < ROUNDS; i++) for (const frame of frames) analyser.push(frame);
  return (process.memoryUsage().heapUsed - before) / ROUNDS / frames.length;
}

function bytesATrack(format, frames) {
  const size = () => {
    global.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = size();
  const tracks = Array.from({ length: TRACKS }, () => new TrackAnalyser(format));
  for (const track of tracks) for (const frame of frames.slice(0, 2 * FRAMES_A_SECOND)) track.push(frame);
  const bytes = (size() - before) / tracks.length;
  if (tracks.length !== TRACKS) throw new Error('Tracks were collected too early.');
  return bytes;
}

console.log(`Node ${process.version}\n`);
console.log(
  '| sound | µs a frame, median | best | longest push, µs | bytes allocated a frame | KB a track |',
);
console.log('| --- | --- | --- | --- | --- | --- |');
for (const format of FORMATS) {
  const frames = framesOf(format);
  const { median, best } = microsecondsAFrame(format, frames);
  const cells = [
    `${format.encoding} ${format.sampleRate / 1000} kHz`,
    median.toFixed(2),
    best.toFixed(2),
    longestPush(format, frames).toFixed(0),
    global.gc === undefined ? 'run with --expose-gc' : bytesAFrame(format, frames).toFixed(0),
    global.gc === undefined ? 'run with --expose-gc' : (bytesATrack(format, frames) / 1024).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

/** A conversation in which both speak all the time: the caller's frames come 0 to 4 ms late, the agent's are 60 ms ahead. */
function callFrames(format, track) {
  const sound = framesOf(format);
  const count = CALL_MINUTES * 60 * FRAMES_A_SECOND;
  let state = 1;
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) | 0;
    const jitterMs = (state >>> 20) / 1024;
    const isCaller = track === 'caller';
    return {
      track,
      format,
      timestampMs: isCaller ? (i + 1) * FRAME_MS + jitterMs : i * FRAME_MS + 60.5,
      durationMs: FRAME_MS,
      sentMs: isCaller ? i * FRAME_MS : null,
      isFiller: false,
      samples: sound[(i + (isCaller ? 0 : 150)) % sound.length],
    };
  });
}

/** Pushes frames `from` to before `end` of both tracks; the monitors tell their figures once a second, if at all. */
function converse([callers, agents], caller, agent, from, end, tells) {
  for (let i = from; i < end; i++) {
    callers.push(caller[i]);
    agents.push(agent[i]);
    if (!tells || i % FRAMES_A_SECOND !== FRAMES_A_SECOND - 1) continue;
    callers.tick(i * FRAME_MS);
    agents.tick(i * FRAME_MS);
  }
}

function monitorsOf({ sampleRate }) {
  const echo = new EchoMeter(sampleRate, sampleRate);
  const shared = { thresholds: DEFAULT_THRESHOLDS, events: { publish: () => undefined }, echo };
  return [
    new TrackMonitor({ ...shared, track: 'caller', arrival: new ArrivalMeter({ lateMs: 60 }) }),
    new TrackMonitor({ ...shared, track: 'agent', arrival: null }),
  ];
}

function callCost(format) {
  const caller = callFrames(format, 'caller');
  const agent = callFrames(format, 'agent');
  const { length } = caller;
  const rounds = Array.from({ length: CALL_ROUNDS }, () => {
    const monitors = monitorsOf(format);
    const startedAt = process.hrtime.bigint();
    converse(monitors, caller, agent, 0, length, true);
    return microsecondsSince(startedAt) / (2 * length);
  }).sort((a, b) => a - b);
  // In the first half the compiler is still at work; the second half is too short for a collection.
  const bytes = (tells) => {
    const monitors = monitorsOf(format);
    converse(monitors, caller, agent, 0, length / 2, true);
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    converse(monitors, caller, agent, length / 2, length, tells);
    return (process.memoryUsage().heapUsed - before) / length;
  };
  return { median: rounds[CALL_ROUNDS >> 1], best: rounds[0], measured: bytes(false), told: bytes(true) };
}

console.log(
  '\nA call as the monitor runs it: both tracks, drop-outs, formats, arrival, echo, figures, scores.\n',
);
console.log('| sound | µs a frame, median | best | bytes a frame, measured only | and told once a second |');
console.log('| --- | --- | --- | --- | --- |');
for (const format of FORMATS) {
  const { median, best, measured, told } = callCost(format);
  const cells = [median.toFixed(2), best.toFixed(2), measured.toFixed(0), told.toFixed(0)];
  console.log(`| ${format.encoding} ${format.sampleRate / 1000} kHz | ${cells.join(' | ')} |`);
}
