import type { AudioFrame } from '#libs/contracts';
import { base64ByteLength } from './base64.js';
import { madeViews } from './frame.js';
import { decodeTable } from './g711.js';

/** A second at 24 kHz; longer frames are rare, and make views of their own. */
const MOST_SAMPLES = 24_000;
/** Lengths that occur are few: one or two a rate. */
const MOST_VIEWS = 16;

const memory = new Int16Array(MOST_SAMPLES);
const octets = Buffer.from(memory.buffer);
/** Codes wait here for the table. */
const codes = Buffer.allocUnsafeSlow(MOST_SAMPLES);
const views = new Map<number, Int16Array>();

function lent(length: number): Int16Array {
  let view = views.get(length);
  if (view === undefined) {
    if (views.size === MOST_VIEWS) views.clear();
    view = memory.subarray(0, length);
    views.set(length, view);
  }
  return view;
}

/**
 * The samples of a frame for one look at them: they stand in memory that the next call uses again. Where a frame's own views
 * would be made for the reader alone, this spares two buffers a frame.
 */
export function borrowedSamples(frame: AudioFrame): Int16Array {
  const made = madeViews(frame);
  if (made === null || made.madeSamples !== null) return frame.samples;
  const { madeBase64: text, madeBytes: bytes } = made;
  const table = decodeTable(frame.format.encoding);
  if (table === null) {
    if (bytes !== null || text === null) return frame.samples;
    const length = base64ByteLength(text);
    if (length % 2 !== 0 || length > octets.length) return frame.samples;
    octets.write(text, 0, 'base64');
    return lent(length / 2);
  }
  const length = bytes?.length ?? base64ByteLength(text!);
  if (length > MOST_SAMPLES) return frame.samples;
  let source = bytes;
  if (source === null) {
    codes.write(text!, 0, 'base64');
    source = codes;
  }
  const samples = lent(length);
  for (let i = 0; i < length; i++) samples[i] = table[source[i]!]!;
  return samples;
}
