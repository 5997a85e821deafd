// Measures what the quality monitor costs: node --expose-gc test/load/quality-bench.mjs (after npm run build).
// Per frame of 20 ms with the whole analysis of a track; the longest single push; bytes left on the heap per frame.
import { readFileSync } from 'node:fs';
import { decodeMulaw, encodeMulaw, monoOf, Resampler, readWav } from '#libs/audio';
import { TrackAnalyser } from '../../dist/libs/observers/quality/src/analysis/track-analyser.js';

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
