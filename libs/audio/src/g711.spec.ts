import { describe, expect, it } from '@jest/globals';
import { alaw, mulaw } from 'alawmulaw';
import { ALAW_SILENCE, decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw, MULAW_SILENCE } from './g711.js';

const ALL_SAMPLES = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
const ALL_CODES = Uint8Array.from({ length: 256 }, (_, i) => i);

// The reference: ITU-T G.191, Software Tool Library, module g711.c, written down anew. It works on the values of the
// standard's tables, 14 bits in mu-law and 13 in A-law, which stand at the top of the 16-bit word.

function referenceMulawEncode(sample: number): number {
  const magnitude = Math.min((sample < 0 ? ~sample >> 2 : sample >> 2) + 33, 0x1fff);
  let segment = 1;
  for (let rest = magnitude >> 6; rest !== 0; rest >>= 1) segment++;
  const code = ((8 - segment) << 4) | (15 - ((magnitude >> segment) & 15));
  return sample >= 0 ? code | 0x80 : code;
}

function referenceMulawDecode(code: number): number {
  const sign = code < 0x80 ? -1 : 1;
  const mantissa = ~code & 0xff;
  const exponent = (mantissa >> 4) & 7;
  const step = 4 << (exponent + 1);
  return sign * ((0x80 << exponent) + step * (mantissa & 15) + step / 2 - 4 * 33);
}

function referenceAlawEncode(sample: number): number {
  let code = sample < 0 ? ~sample >> 4 : sample >> 4;
  if (code > 15) {
    let exponent = 1;
    while (code > 16 + 15) {
      code >>= 1;
      exponent++;
    }
    code = code - 16 + (exponent << 4);
  }
  if (sample >= 0) code |= 0x80;
  return code ^ 0x55;
}

function referenceAlawDecode(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits & 0x7f) >> 4;
  let mantissa = bits & 15;
  if (exponent > 0) mantissa += 16;
  mantissa = (mantissa << 4) + 8;
  if (exponent > 1) mantissa <<= exponent - 1;
  return bits > 127 ? mantissa : -mantissa;
}

/** The decision values x1 ... x127 of table 2a/G.711, times 4: between two of them all samples have one code. */
function mulawDecisionValues(): Set<number> {
  const values = new Set<number>();
  let value = 1;
  for (let segment = 0; segment < 8; segment++) {
    const steps = segment === 0 ? 15 : 16;
    for (let i = 0; i < steps; i++) {
      values.add(4 * value);
      value += 2 << segment;
    }
  }
  return values;
}

describe('mu-law', () => {
  it('decodes all 256 codes as the reference does', () => {
    expect([...decodeMulaw(ALL_CODES)]).toEqual([...ALL_CODES].map((code) => referenceMulawDecode(code) + 0));
  });

  it('encodes every sample as the reference does, but for the sign-symmetric choice at decision values', () => {
    // G.711 gives a code to what lies between two decision values and leaves the values themselves open. The reference
    // rounds them up, so that -100 and 100 get different magnitudes; telephone equipment treats both signs alike.
    const codes = encodeMulaw(ALL_SAMPLES);
    const decisions = mulawDecisionValues();
    expect(decisions.size).toBe(127);
    const differing = ALL_SAMPLES.filter((sample, i) => codes[i] !== referenceMulawEncode(sample));
    expect(differing.every((sample) => sample < 0 && decisions.has(-sample))).toBe(true);
    expect(differing).toHaveLength(127);
    for (const sample of differing) {
      const code = encodeMulaw(Int16Array.of(sample))[0]!;
      expect(code).toBe(referenceMulawEncode(sample - 1));
      expect(code).toBe(referenceMulawEncode(-sample) & 0x7f);
    }
  });

  it('encodes and decodes everything as alawmulaw does', () => {
    expect(Buffer.from(encodeMulaw(ALL_SAMPLES)).equals(Buffer.from(mulaw.encode(ALL_SAMPLES)))).toBe(true);
    expect([...decodeMulaw(ALL_CODES)]).toEqual([...mulaw.decode(ALL_CODES)].map((sample) => sample + 0));
  });

  it.each([
    [0xff, 0],
    [0x7f, 0],
    [0xfe, 8],
    [0x7e, -8],
    [0xe7, 260],
    [0xd5, 716],
    [0x55, -716],
    [0x9a, 10876],
    [0x80, 32124],
    [0x00, -32124],
  ])('decodes %i to %i', (code, sample) => {
    expect(decodeMulaw(Uint8Array.of(code))[0]).toBe(sample);
  });

  it.each([
    [0, 0xff],
    [8, 0xfe],
    [-8, 0x7e],
    [100, 0xf2],
    [-100, 0x72],
    [1000, 0xce],
    [-1000, 0x4e],
    [8000, 0xa0],
    [-8000, 0x20],
    [32124, 0x80],
    [32767, 0x80],
    [-32124, 0x00],
    [-32768, 0x00],
  ])('encodes %i to %i', (sample, code) => {
    expect(encodeMulaw(Int16Array.of(sample))[0]).toBe(code);
  });

  it('gives every code back after decoding it, but for negative zero', () => {
    const again = encodeMulaw(decodeMulaw(ALL_CODES));
    expect([...ALL_CODES].filter((code) => again[code] !== code)).toEqual([0x7f]);
    expect(again[0x7f]).toBe(0xff);
  });

  it('calls 0xFF silence, and 0x80 positive full scale', () => {
    expect(MULAW_SILENCE).toBe(0xff);
    expect(decodeMulaw(Uint8Array.of(MULAW_SILENCE))[0]).toBe(0);
    expect(decodeMulaw(Uint8Array.of(0x80))[0]).toBe(32124);
  });
});

describe('A-law', () => {
  it('encodes all 65,536 samples as the reference does', () => {
    const codes = encodeAlaw(ALL_SAMPLES);
    expect(ALL_SAMPLES.findIndex((sample, i) => codes[i] !== referenceAlawEncode(sample))).toBe(-1);
  });

  it('decodes all 256 codes as the reference and alawmulaw do', () => {
    expect([...decodeAlaw(ALL_CODES)]).toEqual([...ALL_CODES].map(referenceAlawDecode));
    expect([...decodeAlaw(ALL_CODES)]).toEqual([...alaw.decode(ALL_CODES)]);
  });

  it('encodes as alawmulaw does where that follows the standard', () => {
    // alawmulaw negates where the reference complements: negative multiples of 16 fall into the next interval there.
    const codes = encodeAlaw(ALL_SAMPLES);
    const differing = ALL_SAMPLES.filter((sample, i) => codes[i] !== (alaw.encodeSample(sample) & 0xff));
    expect(differing.every((sample) => sample < 0 && sample % 16 === 0)).toBe(true);
    expect(differing).toContain(-16);
  });

  it('gives every code back after decoding it', () => {
    expect([...encodeAlaw(decodeAlaw(ALL_CODES))]).toEqual([...ALL_CODES]);
  });

  it('calls 0xD5 silence', () => {
    expect(ALAW_SILENCE).toBe(0xd5);
    expect(encodeAlaw(Int16Array.of(0))[0]).toBe(0xd5);
    expect(decodeAlaw(Uint8Array.of(0xd5, 0x55))).toEqual(Int16Array.of(8, -8));
  });
});
