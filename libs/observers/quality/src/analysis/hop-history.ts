/** Length of a hop, the grain of everything that is decided about activity. */
export const HOP_MS = 20;

/** Kept: 10.24 s, in which even a fluent speaker pauses. */
export const HISTORY_HOPS = 512;

/** Power and envelope of the last hops of a track. */
export class HopHistory {
  private readonly powers = new Float32Array(HISTORY_HOPS);
  private readonly envelopes = new Float32Array(HISTORY_HOPS);
  /** Hops ever noted. */
  count = 0;

  /** `power` is the mean square, `envelope` the highest of the hop. */
  note(power: number, envelope: number): void {
    const at = this.count % HISTORY_HOPS;
    this.powers[at] = power;
    this.envelopes[at] = envelope;
    this.count++;
  }

  get length(): number {
    return Math.min(this.count, HISTORY_HOPS);
  }

  /** Oldest first. Returns how many there are. */
  copyTo(powers: Float32Array, envelopes: Float32Array): number {
    const length = this.length;
    let from = (this.count - length) % HISTORY_HOPS;
    for (let i = 0; i < length; i++) {
      powers[i] = this.powers[from]!;
      envelopes[i] = this.envelopes[from]!;
      from = (from + 1) & (HISTORY_HOPS - 1);
    }
    return length;
  }
}
