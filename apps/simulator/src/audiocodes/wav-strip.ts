import type { BreachList } from '../call/breaches.js';

const EMPTY = new Uint8Array(0);
/** No sensible header is longer. */
const HEADER_LIMIT = 4096;

/** Takes the WAV header off the beginning of a stream. */
export class WavStrip {
  private head: Uint8Array | null = EMPTY;

  /** The header has not been seen to its end. */
  get unfinished(): boolean {
    return this.head !== null;
  }

  /** The sound in `bytes`; nothing while the header is incomplete. */
  push(bytes: Uint8Array, breaches: BreachList): Uint8Array {
    if (this.head === null) return bytes;
    this.head = Buffer.concat([this.head, bytes]);
    const at = soundAt(this.head);
    if (at === null && this.head.length < HEADER_LIMIT) return EMPTY;
    if (at === null || at < 0)
      breaches.add('WAV_HEADER_MISSING', 'a wav/ stream does not begin with a WAV header');
    const sound = this.head.subarray(Math.max(0, at ?? 0));
    this.head = null;
    return sound;
  }
}

/** Offset of the first byte of sound; null while it cannot be told; -1 when this is no WAV file. */
function soundAt(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const tag = (at: number) => String.fromCharCode(...head.subarray(at, at + 4));
  if (head.length >= 4 && tag(0) !== 'RIFF') return -1;
  for (let at = 12; at + 8 <= head.length; at += 8 + view.getUint32(at + 4, true)) {
    if (tag(at) === 'data') return at + 8;
  }
  return null;
}
