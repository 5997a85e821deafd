const NOTHING = new Uint8Array(0);

/** Keeps 16-bit samples whole where chunks may end within one: the odd byte waits for the next chunk. */
export class OddByteCarry {
  private odd = -1;

  /** Returns an even number of bytes, possibly none; a view of `bytes` while no byte waits. */
  push(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return NOTHING;
    if (this.odd < 0) {
      if (bytes.length % 2 === 0) return bytes;
      this.odd = bytes[bytes.length - 1]!;
      return bytes.subarray(0, bytes.length - 1);
    }
    const even = (bytes.length + 1) & ~1;
    const whole = new Uint8Array(even);
    whole[0] = this.odd;
    whole.set(even > bytes.length ? bytes : bytes.subarray(0, even - 1), 1);
    this.odd = even > bytes.length ? -1 : bytes[bytes.length - 1]!;
    return whole;
  }

  /** Forgets the waiting byte, for a stream that starts anew. */
  clear(): void {
    this.odd = -1;
  }
}
