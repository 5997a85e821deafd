import type { Encoding, Speaker } from './sound.js';

/** A piece of sound from the live monitor. */
export interface MonitorFrame {
  readonly speaker: Speaker;
  readonly encoding: Encoding;
  readonly stream: number;
  readonly sampleRate: number;
  /** On the call's clock. */
  readonly atMs: number;
  readonly sound: Uint8Array;
}

const VERSION = 1;
const HEADER_BYTES = 24;
const SPEAKERS: readonly (Speaker | undefined)[] = ['caller', 'agent'];
const ENCODINGS: readonly (Encoding | undefined)[] = ['pcm16', 'mulaw', 'alaw'];

/** Null: no frame of this protocol. */
export function parseMonitorFrame(bytes: ArrayBuffer): MonitorFrame | null {
  if (bytes.byteLength < HEADER_BYTES) return null;
  const header = new DataView(bytes);
  const speaker = SPEAKERS[header.getUint8(1)];
  const encoding = ENCODINGS[header.getUint8(2)];
  const sampleRate = header.getUint32(8, true);
  const atMs = header.getFloat64(16, true);
  if (header.getUint8(0) !== VERSION || speaker === undefined || encoding === undefined) return null;
  if (sampleRate < 8000 || sampleRate > 48_000 || !Number.isFinite(atMs)) return null;
  const sound = new Uint8Array(bytes, HEADER_BYTES);
  return { speaker, encoding, stream: header.getUint32(4, true), sampleRate, atMs, sound };
}
