/**
 * Cuts a byte stream into frames of one exact size. A frame that lies within what was pushed is a view of it; only one
 * that crosses a border is copied. What was pushed must not be written to afterwards.
 */
export class Framer {
  private carry: Uint8Array | null = null;
  private carried = 0;

  constructor(
    readonly frameBytes: number,
    private readonly onFrame: (frame: Uint8Array) => void,
  ) {
    if (!(frameBytes >= 1)) throw new RangeError(`A frame of ${frameBytes} bytes cannot be filled.`);
  }

  /** Bytes that wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.carried;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    if (this.carried > 0) {
      from = this.keep(bytes, 0);
      if (this.carried < this.frameBytes) return;
      this.emitCarry();
    }
    for (; from + this.frameBytes <= bytes.length; from += this.frameBytes) {
      this.onFrame(bytes.subarray(from, from + this.frameBytes));
    }
    if (from < bytes.length) this.keep(bytes, from);
  }

  /** Fills the frame that is begun with `padByte` and hands it on; does nothing when there is none. */
  flush(padByte: number): void {
    if (this.carried === 0) return;
    this.carry!.fill(padByte, this.carried);
    this.emitCarry();
  }

  /** Forgets the frame that is begun. */
  clear(): void {
    this.carried = 0;
  }

  /** Returns the place in `bytes` up to which they were taken. */
  private keep(bytes: Uint8Array, from: number): number {
    this.carry ??= new Uint8Array(this.frameBytes);
    const to = Math.min(bytes.length, from + this.frameBytes - this.carried);
    this.carry.set(bytes.subarray(from, to), this.carried);
    this.carried += to - from;
    return to;
  }

  private emitCarry(): void {
    const frame = this.carry!;
    // The receiver owns the frame now; the next carry needs bytes of its own.
    this.carry = null;
    this.carried = 0;
    this.onFrame(frame);
  }
}
