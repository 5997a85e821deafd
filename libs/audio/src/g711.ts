import type { AudioEncoding } from '#libs/contracts';

/**
 * G.711 companding (ITU-T G.711, 11/88). Decoding yields 16-bit samples: the standard's 14-bit (μ-law) and 13-bit (A-law)
 * values shifted to the top of the word. Encoding goes through one 64 KiB table a law, indexed by the sample.
 */

/** The code of zero. 0x80 is not silence in μ-law but positive full scale. */
export const MULAW_SILENCE = 0xff;
export const ALAW_SILENCE = 0xd5;

const MULAW_BIAS = 0x84;
const MULAW_CLIP = 32635;

function decodeMulawCode(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + MULAW_BIAS) << ((inverted & 0x70) >> 4);
  return inverted & 0x80 ? MULAW_BIAS - magnitude : magnitude - MULAW_BIAS;
}

function encodeMulawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), MULAW_CLIP) + MULAW_BIAS;
  const exponent = 31 - Math.clz32(biased >> 7);
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decodeAlawCode(code: number): number {
  const inverted = code ^ 0x55;
  const exponent = (inverted & 0x70) >> 4;
  const mantissa = inverted & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return inverted & 0x80 ? magnitude : -magnitude;
}

function encodeAlawSample(sample: number): number {
  // Negative values are complemented rather than negated, as the reference code of ITU-T G.191 does.
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  let code = magnitude;
  if (magnitude > 15) {
    const exponent = 31 - Math.clz32(magnitude) - 3;
    code = (exponent << 4) | ((magnitude >> (exponent - 1)) & 0x0f);
  }
  return (sample < 0 ? code : code | 0x80) ^ 0x55;
}

const MULAW_DECODE = Int16Array.from({ length: 256 }, (_, code) => decodeMulawCode(code));
const ALAW_DECODE = Int16Array.from({ length: 256 }, (_, code) => decodeAlawCode(code));
const MULAW_ENCODE = Uint8Array.from({ length: 65536 }, (_, index) => encodeMulawSample((index << 16) >> 16));
const ALAW_ENCODE = Uint8Array.from({ length: 65536 }, (_, index) => encodeAlawSample((index << 16) >> 16));

/** Code to sample; null for an encoding that is none of G.711's. */
export function decodeTable(encoding: AudioEncoding): Int16Array | null {
  if (encoding === 'mulaw') return MULAW_DECODE;
  return encoding === 'alaw' ? ALAW_DECODE : null;
}

/** Sample, taken as unsigned, to code. */
export function encodeTable(encoding: AudioEncoding): Uint8Array | null {
  if (encoding === 'mulaw') return MULAW_ENCODE;
  return encoding === 'alaw' ? ALAW_ENCODE : null;
}

function decodeWith(table: Int16Array, codes: Uint8Array): Int16Array {
  const samples = new Int16Array(codes.length);
  for (let i = 0; i < codes.length; i++) samples[i] = table[codes[i]!]!;
  return samples;
}

function encodeWith(table: Uint8Array, samples: Int16Array): Uint8Array {
  const codes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) codes[i] = table[samples[i]! & 0xffff]!;
  return codes;
}

export function decodeMulaw(codes: Uint8Array): Int16Array {
  return decodeWith(MULAW_DECODE, codes);
}

export function encodeMulaw(samples: Int16Array): Uint8Array {
  return encodeWith(MULAW_ENCODE, samples);
}

export function decodeAlaw(codes: Uint8Array): Int16Array {
  return decodeWith(ALAW_DECODE, codes);
}

export function encodeAlaw(samples: Int16Array): Uint8Array {
  return encodeWith(ALAW_ENCODE, samples);
}
