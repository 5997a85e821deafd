import { bytesPerMs } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import type { Fields } from './outbox.js';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** A piece of an item's sound as it was sent, or came in. */
export interface SoundPiece {
  /** On the simulator's clock. */
  readonly atMs: number;
  /** Its place in the item. */
  readonly startMs: number;
  readonly bytes: Uint8Array;
}

/** One item of a conversation, with the truth about its sound. */
export class SimItem {
  status: ItemStatus;
  /** Milliseconds of sound that were made, whatever was cut off later. */
  audioMs = 0;
  /** How much of its sound the model remembers, after a truncation. */
  truncatedAtMs: number | null = null;
  /** When the truncation came. */
  truncatedWhenMs: number | null = null;
  deletedWhenMs: number | null = null;
  transcript: string | null = null;
  readonly sound: SoundPiece[] = [];

  constructor(
    readonly id: string,
    readonly kind: 'message' | 'function_call' | 'function_call_output' | 'mcp_approval_response',
    /** Null where the kind has no role. */
    readonly role: 'system' | 'user' | 'assistant' | null,
    /** Of its sound; null for an item without sound. */
    readonly format: AudioFormat | null,
    /** The rest of the item as it is on the wire; `content` only where it is not sound. */
    readonly fields: Fields,
    status: ItemStatus = 'completed',
  ) {
    this.status = status;
  }

  /** Milliseconds that belong to the conversation. */
  get rememberedMs(): number {
    return this.truncatedAtMs ?? this.audioMs;
  }

  get isAgentSound(): boolean {
    return this.role === 'assistant' && this.format !== null;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.sound.map((piece) => piece.bytes));
  }

  addSound(bytes: Uint8Array, atMs: number, keep: boolean): void {
    if (keep) this.sound.push({ atMs, startMs: this.audioMs, bytes });
    this.audioMs += bytes.byteLength / bytesPerMs(this.format!);
  }

  /** As the server shows it: with the sound itself only when it is asked for. */
  wire(withSound = false): Fields {
    const base: Fields = { id: this.id, type: this.kind, status: this.status };
    if (this.role !== null) base.role = this.role;
    if (this.status === 'in_progress') return { ...base, ...this.fields, ...this.unfinished() };
    if (this.format === null) return { ...base, ...this.fields };
    const type = this.role === 'assistant' ? 'output_audio' : 'input_audio';
    const content: Fields = { type, transcript: this.truncatedAtMs === null ? this.transcript : null };
    if (withSound) content.audio = Buffer.from(this.rememberedBytes()).toString('base64');
    return { ...base, content: [content] };
  }

  private unfinished(): Fields {
    return this.kind === 'message' ? { content: [] } : { arguments: '' };
  }

  private rememberedBytes(): Uint8Array {
    const { bytes, format } = this;
    return bytes.subarray(0, Math.floor(this.rememberedMs * bytesPerMs(format!)));
  }
}
