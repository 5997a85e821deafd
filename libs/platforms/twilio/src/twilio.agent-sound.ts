import { base64ByteLength, bytesPerMs, Framer, silenceByte } from '#libs/audio';
import type { AudioFormat, AudioFrame } from '#libs/contracts';

/** Twilio plays frames of 20 ms; a shorter tail is reported to disturb the beginning of speech. */
const OUTBOUND_MS = 20;

/** The agent's sound in whole frames: what is whole already goes out as it came, the rest of a frame waits for what follows. */
export class AgentSound {
  private readonly framer: Framer;
  private readonly frameBytes: number;

  /** `send` is given the payload of one message. */
  constructor(
    private readonly format: AudioFormat,
    private readonly send: (base64: string) => void,
  ) {
    this.frameBytes = OUTBOUND_MS * bytesPerMs(format);
    this.framer = new Framer(this.frameBytes, (bytes) => this.sendBytes(bytes));
  }

  push(frame: AudioFrame): void {
    const { base64 } = frame;
    if (this.framer.pendingBytes === 0 && base64ByteLength(base64) % this.frameBytes === 0) {
      if (base64.length > 0) this.send(base64);
    } else {
      this.pushInFrames(frame.bytes);
    }
  }

  get heldMs(): number {
    return this.framer.pendingBytes / bytesPerMs(this.format);
  }

  flush(): void {
    this.framer.flush(silenceByte(this.format));
  }

  clear(): void {
    this.framer.clear();
  }

  /** Completes the frame that waits, sends what are whole frames in one message, keeps the rest. */
  private pushInFrames(bytes: Uint8Array): void {
    const { pendingBytes } = this.framer;
    const head = pendingBytes === 0 ? 0 : Math.min(bytes.length, this.frameBytes - pendingBytes);
    const tail = bytes.length - ((bytes.length - head) % this.frameBytes);
    if (head > 0) this.framer.push(bytes.subarray(0, head));
    if (tail > head) this.sendBytes(bytes.subarray(head, tail));
    if (tail < bytes.length) this.framer.push(bytes.subarray(tail));
  }

  private sendBytes(bytes: Uint8Array): void {
    this.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'));
  }
}
