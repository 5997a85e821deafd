import { ALAW, MULAW } from './g711.js';

/** Whose voice it is, as everywhere in Patchbay. */
export type Speaker = 'caller' | 'agent';

export const SPEAKERS: readonly Speaker[] = ['caller', 'agent'];

export type Encoding = 'pcm16' | 'mulaw' | 'alaw';

/** The rate of the AI's voice and of the softphone. */
export const AGENT_RATE = 24_000;

/** Samples of full scale 1, exact: every 16-bit value has its own 32-bit float. Half a sample at the end is left out. */
export function decode(encoding: Encoding, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  if (encoding === 'pcm16') return decodePcm16(bytes);
  const table = encoding === 'mulaw' ? MULAW : ALAW;
  const samples = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i]!]!;
  return samples;
}

function decodePcm16(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Float32Array(bytes.byteLength >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
  return samples;
}

/** A sample of full scale 1 as 16 bits; what is louder than full scale is clipped. */
export function toInt16(sample: number): number {
  const scaled = Math.round(sample * 32768);
  return Math.max(-32768, Math.min(32767, scaled));
}
