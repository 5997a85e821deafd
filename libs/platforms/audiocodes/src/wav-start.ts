import type { AudioFormat } from '#libs/contracts';

const WAVE_PCM = 1;
const WAVE_MULAW = 7;
/** A header that goes on for longer than this is none. */
const MAX_HEADER_BYTES = 4096;

export interface WavStart {
  /** Where the sound begins; 0 when there is no header. */
  readonly soundAt: number;
  /** What the header says; null without a header, or when it is none of our formats. */
  readonly format: AudioFormat | null;
}

const NO_HEADER: WavStart = { soundAt: 0, format: null };

/** Looks for a WAV header at the beginning of a stream. Null: it may be one, more bytes are needed to say. */
export function wavStart(bytes: Buffer): WavStart | null {
  if (!couldBe(bytes, 0, 'RIFF') || !couldBe(bytes, 8, 'WAVE')) return NO_HEADER;
  let format: AudioFormat | null = null;
  for (let at = 12; at <= MAX_HEADER_BYTES; ) {
    if (at + 8 > bytes.length) return null;
    const id = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    if (id === 'data') return { soundAt: at + 8, format };
    if (id === 'fmt ') {
      if (at + 24 > bytes.length) return null;
      format = formatOf(bytes.subarray(at + 8));
    }
    // Chunks are padded to an even length.
    at += 8 + length + (length % 2);
  }
  return NO_HEADER;
}

/** False as soon as one of the bytes that are there contradicts. */
function couldBe(bytes: Buffer, at: number, tag: string): boolean {
  const there = bytes.toString('latin1', at, at + tag.length);
  return tag.startsWith(there);
}

function formatOf(fmt: Buffer): AudioFormat | null {
  const tag = fmt.readUInt16LE(0);
  const channels = fmt.readUInt16LE(2);
  const sampleRate = fmt.readUInt32LE(4);
  const bits = fmt.readUInt16LE(14);
  if (channels !== 1) return null;
  if (tag === WAVE_PCM && bits === 16) return { encoding: 'pcm16', sampleRate };
  return tag === WAVE_MULAW && bits === 8 ? { encoding: 'mulaw', sampleRate } : null;
}
