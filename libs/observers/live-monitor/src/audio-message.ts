import type { AudioEncoding, AudioFormat } from '#libs/contracts';
import type { Speaker } from './messages.js';

const VERSION = 1;
const HEADER_BYTES = 24;
const FORMATS: Readonly<Record<AudioEncoding, number>> = { pcm16: 0, mulaw: 1, alaw: 2 };

/** A piece of sound for listeners. */
export interface Piece {
  readonly speaker: Speaker;
  readonly format: AudioFormat;
  /** In the format. */
  readonly bytes: Uint8Array;
  /** Of its first sample, since the offer of the call. */
  readonly atMs: number;
}

/** The binary form; its layout is in README.md. */
export function binaryAudio({ speaker, format, bytes, atMs }: Piece, stream: number): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
  message.writeUInt8(VERSION, 0);
  message.writeUInt8(speaker === 'AI' ? 1 : 0, 1);
  message.writeUInt8(FORMATS[format.encoding], 2);
  message.writeUInt8(0, 3);
  message.writeUInt32LE(stream, 4);
  message.writeUInt32LE(format.sampleRate, 8);
  message.writeUInt32LE(0, 12);
  message.writeDoubleLE(atMs, 16);
  message.set(bytes, HEADER_BYTES);
  return message;
}

/** The form for simple clients. */
export function jsonAudio({ speaker, format, bytes, atMs }: Piece, callId: string): Buffer {
  const audio = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const data = {
    callId,
    audio,
    format: format.encoding,
    sampleRate: format.sampleRate,
    speaker,
    atMs,
  };
  return Buffer.from(JSON.stringify({ event: 'audio', data }));
}
