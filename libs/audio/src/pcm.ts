import type { AudioFormat } from '#libs/contracts';
import { oddLength } from './errors.js';
import { ALAW_SILENCE, MULAW_SILENCE } from './g711.js';

/**
 * Views little-endian PCM16 bytes as samples, without copying where the address allows it.
 * Throws GatewayError AUDIO_ODD_LENGTH: half a sample means that the stream has lost its place.
 */
export function samplesFromBytes(bytes: Uint8Array): Int16Array {
  if (bytes.byteLength % 2 !== 0) throw oddLength(bytes.byteLength);
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  // Not bytes.slice(): on a Buffer that is a view of the same memory.
  return new Int16Array(new Uint8Array(bytes).buffer);
}

/** Views samples as little-endian bytes. Every platform that Node runs on is little-endian. */
export function bytesFromSamples(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** One after the other, in memory of their own. */
export function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function bytesPerSample(format: AudioFormat): number {
  return format.encoding === 'pcm16' ? 2 : 1;
}

export function bytesPerMs(format: AudioFormat): number {
  return (bytesPerSample(format) * format.sampleRate) / 1000;
}

/** The byte that means silence: 0xFF in μ-law, 0xD5 in A-law, 0 in PCM. */
export function silenceByte(format: AudioFormat): number {
  if (format.encoding === 'mulaw') return MULAW_SILENCE;
  return format.encoding === 'alaw' ? ALAW_SILENCE : 0;
}

export function silence(format: AudioFormat, durationMs: number): Uint8Array {
  const samples = Math.round((durationMs * format.sampleRate) / 1000);
  return new Uint8Array(samples * bytesPerSample(format)).fill(silenceByte(format));
}
