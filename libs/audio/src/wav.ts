import type { AudioFormat } from '#libs/contracts';
import { notWav, wavUnsupported, wavWithoutFormat, wavWithoutSound } from './errors.js';
import { decodeAlaw, decodeMulaw } from './g711.js';

/** WAVE format tags (RFC 2361 and Microsoft's mmreg.h). */
const PCM = 1;
const FLOAT = 3;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

/** The last 14 bytes of every sub-format GUID that stands for a format tag. */
const TAG_GUID_TAIL = '000000001000800000aa00389b71';

export interface WavSound {
  readonly sampleRate: number;
  /** One array a channel, all of one length; linear whatever the file holds. */
  readonly channels: readonly Int16Array[];
}

interface Layout {
  readonly tag: number;
  readonly channelCount: number;
  readonly sampleRate: number;
  readonly bits: number;
}

/**
 * Reads PCM of 8, 16, 24 and 32 bits, float of 32 and 64 bits and G.711. A data chunk that ends early, or whose length was
 * never filled in, counts as far as the file goes. Throws GatewayError WAV_NOT_RIFF, WAV_NO_FORMAT, WAV_NO_SOUND or
 * WAV_UNSUPPORTED.
 */
export function readWav(file: Uint8Array): WavSound {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || tagAt(view, 0) !== 'RIFF' || tagAt(view, 8) !== 'WAVE') throw notWav();
  let layout: Layout | null = null;
  for (let at = 12; at + 8 <= file.length; ) {
    const tag = tagAt(view, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag === 'fmt ') layout = readLayout(view, body, Math.min(length, file.length - body));
    if (tag === 'data') {
      if (layout === null) throw wavWithoutFormat();
      return readSound(layout, file.subarray(body, soundEnd(view, body, length)));
    }
    at = body + length + (length % 2);
  }
  throw layout === null ? wavWithoutFormat() : wavWithoutSound();
}

function tagAt(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}

/** A writer that was cut off leaves both lengths as they were before the first sample. */
function soundEnd(view: DataView, body: number, length: number): number {
  const riffEnd = view.getUint32(4, true) + 8;
  const neverFilledIn = length === 0 && riffEnd <= body;
  return neverFilledIn ? view.byteLength : Math.min(view.byteLength, body + length);
}

function readLayout(view: DataView, at: number, length: number): Layout {
  if (length < 16) throw wavWithoutFormat();
  let tag = view.getUint16(at, true);
  const channelCount = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  if (tag === EXTENSIBLE) {
    if (length < 40) throw wavWithoutFormat();
    const guid = Buffer.from(view.buffer, view.byteOffset + at + 26, 14).toString('hex');
    if (guid !== TAG_GUID_TAIL) throw wavUnsupported('a sub-format that is not known');
    tag = view.getUint16(at + 24, true);
  }
  if (channelCount === 0 || sampleRate === 0)
    throw wavUnsupported(`${channelCount} channels at ${sampleRate} Hz`);
  return { tag, channelCount, sampleRate, bits };
}

function readSound(layout: Layout, bytes: Uint8Array): WavSound {
  const bytesPerSample = sampleWidth(layout);
  const whole = bytes.length - (bytes.length % (bytesPerSample * layout.channelCount));
  const samples = toLinear(layout, bytes.subarray(0, whole), bytesPerSample);
  const { channelCount, sampleRate } = layout;
  if (channelCount === 1) return { sampleRate, channels: [samples] };
  const length = samples.length / channelCount;
  const channels = Array.from({ length: channelCount }, (_, c) =>
    Int16Array.from({ length }, (_, i) => samples[i * channelCount + c]!),
  );
  return { sampleRate, channels };
}

function sampleWidth({ tag, bits }: Layout): number {
  if ((tag === MULAW || tag === ALAW) && bits === 8) return 1;
  if (tag === PCM && [8, 16, 24, 32].includes(bits)) return bits / 8;
  if (tag === FLOAT && (bits === 32 || bits === 64)) return bits / 8;
  throw wavUnsupported(`format ${tag} with ${bits} bits a sample`);
}

function toLinear({ tag }: Layout, bytes: Uint8Array, width: number): Int16Array {
  if (tag === MULAW) return decodeMulaw(bytes);
  if (tag === ALAW) return decodeAlaw(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = tag === FLOAT ? FLOAT_READERS[width]! : PCM_READERS[width]!;
  return Int16Array.from({ length: bytes.length / width }, (_, i) => read(view, i * width));
}

/** Wider samples are rounded to the nearest of 16 bits. */
const PCM_READERS: Readonly<Record<number, (view: DataView, at: number) => number>> = {
  1: (view, at) => (view.getUint8(at) - 128) << 8,
  2: (view, at) => view.getInt16(at, true),
  3: (view, at) => saturate(((view.getUint16(at, true) | (view.getInt8(at + 2) << 16)) + 128) >> 8),
  4: (view, at) => saturate(Math.round(view.getInt32(at, true) / 65536)),
};

const FLOAT_READERS: Readonly<Record<number, (view: DataView, at: number) => number>> = {
  4: (view, at) => saturate(Math.round(view.getFloat32(at, true) * 32768)),
  8: (view, at) => saturate(Math.round(view.getFloat64(at, true) * 32768)),
};

/** What is no number becomes 0, as in every typed array. */
function saturate(value: number): number {
  return Math.max(-32768, Math.min(32767, value));
}

/** The channels' mean. */
export function monoOf(sound: WavSound): Int16Array {
  const [first, ...others] = sound.channels;
  if (first === undefined || others.length === 0) return first ?? new Int16Array(0);
  return first.map((sample, i) => {
    let sum = sample;
    for (const channel of others) sum += channel[i]!;
    return Math.round(sum / sound.channels.length);
  });
}

/** Bytes to write at a place of a file. */
export interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Where the three lengths stand; the middle one is the sample count that formats other than PCM need. */
const RIFF_LENGTH_AT = 4;
const FACT_COUNT_AT = 46;

/** 44 bytes for PCM, 58 for G.711. */
function headerBytes(format: AudioFormat): number {
  return format.encoding === 'pcm16' ? 44 : 58;
}

/**
 * The header of a WAV file whose sound is `dataBytes` long. For a file that is still growing write it with 0, and
 * `wavLengths` in the end.
 */
export function wavHeader(format: AudioFormat, channelCount: number, dataBytes: number): Uint8Array {
  const linear = format.encoding === 'pcm16';
  const width = linear ? 2 : 1;
  const header = Buffer.alloc(headerBytes(format));
  header.write('RIFF', 0, 'latin1');
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(linear ? 16 : 18, 16);
  header.writeUInt16LE(linear ? PCM : format.encoding === 'mulaw' ? MULAW : ALAW, 20);
  header.writeUInt16LE(channelCount, 22);
  header.writeUInt32LE(format.sampleRate, 24);
  header.writeUInt32LE(format.sampleRate * channelCount * width, 28);
  header.writeUInt16LE(channelCount * width, 32);
  header.writeUInt16LE(width * 8, 34);
  if (!linear) {
    header.write('fact', 38, 'latin1');
    header.writeUInt32LE(4, 42);
  }
  header.write('data', header.length - 8, 'latin1');
  for (const patch of wavLengths(format, channelCount, dataBytes)) header.set(patch.bytes, patch.at);
  return header;
}

/** What to write over the lengths of a header that was written before its sound. */
export function wavLengths(format: AudioFormat, channelCount: number, dataBytes: number): Patch[] {
  const header = headerBytes(format);
  const padding = dataBytes % 2;
  const patches = [patch(RIFF_LENGTH_AT, header - 8 + dataBytes + padding), patch(header - 4, dataBytes)];
  if (format.encoding !== 'pcm16') patches.push(patch(FACT_COUNT_AT, dataBytes / channelCount));
  return patches;
}

function patch(at: number, value: number): Patch {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(Math.min(0xffffffff, Math.floor(value)));
  return { at, bytes };
}

/** A whole file. `data` is in `format`, with the channels' samples in turn. */
export function writeWav(format: AudioFormat, channelCount: number, data: Uint8Array): Uint8Array {
  const header = wavHeader(format, channelCount, data.length);
  const file = new Uint8Array(header.length + data.length + (data.length % 2));
  file.set(header);
  file.set(data, header.length);
  return file;
}
