// The sound that the benchmark sends, in frames of 20 ms: noise where only the work counts, and a pulse in silence where one must
// know which moment of which call has come through.
import { decodeMulaw, encodeMulaw } from '#libs/audio';

const LOUD = 8000;
const HALF = LOUD / 2;
const SILENCE = 0;
/** A pulse is ten cells of 2 ms: the onset, eight bits of a number, and silence, into which a resampler's delay moves the last bit. */
const CELLS = 10;
const BITS = 8;

/** By the names of the OpenAI Realtime API. */
export const FORMATS = {
  'audio/pcm': { rate: 24_000, encode: pcmBytes, decode: pcmSamples },
  'audio/pcmu': { rate: 8000, encode: encodeMulaw, decode: decodeMulaw },
};

export const MOST_NUMBERS = 1 << BITS;

/** One second of noise as 50 payloads in base64. */
export function noise(format) {
  let seed = 1;
  return Array.from({ length: 50 }, () =>
    payload(format, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return ((seed >>> 16) - 32768) / 4;
    }),
  );
}

export function silence(format) {
  return payload(format, () => SILENCE);
}

/** Begins with its onset at sample 0. */
export function pulse(format, number) {
  const cell = FORMATS[format].rate / 500;
  return payload(format, (i) => level(Math.floor(i / cell), number));
}

/** Finds a pulse: its number, and how far into the payload its onset lies, in milliseconds. Null when there is none. */
export function findPulse(format, base64) {
  const { rate, decode } = FORMATS[format];
  const samples = decode(Buffer.from(base64, 'base64'));
  const cell = rate / 500;
  const onset = samples.findIndex((sample) => sample >= HALF);
  if (onset < 0) return null;
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    if (samples[Math.floor(onset + (bit + 1.5) * cell)] > 0) number |= 1 << bit;
  }
  return { number, atMs: (onset * 1000) / rate };
}

function level(cell, number) {
  if (cell === 0) return LOUD;
  if (cell === CELLS - 1) return SILENCE;
  return (number >> (cell - 1)) & 1 ? LOUD : -LOUD;
}

function payload(format, sampleAt) {
  const { rate, encode } = FORMATS[format];
  const bytes = encode(Int16Array.from({ length: rate / 50 }, (_, i) => sampleAt(i)));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function pcmBytes(samples) {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function pcmSamples(bytes) {
  return new Int16Array(Uint8Array.from(bytes).buffer, 0, bytes.length >> 1);
}
