/** Both voices are compared at this rate: below 1 kHz lies most of speech, and a slot of 0.5 ms places an echo well enough. */
export const SLOT_RATE = 2000;
export const SLOTS_A_MS = SLOT_RATE / 1000;

/**
 * A track thinned to 2 kHz by plain averages of 0.5 ms, kept in a ring. Both tracks go through the same average whatever
 * their rates, so what it takes from the treble it takes from both.
 */
export class EchoTrack {
  readonly slots: Int16Array;
  readonly mask: number;
  /** Slots ever written; a slot's number is its time since the track's own zero. */
  end = 0;
  private readonly factor: number;
  private sum = 0;
  private left: number;

  /** `size` in slots, a power of two. */
  constructor(sampleRate: number, size: number) {
    this.slots = new Int16Array(size);
    this.mask = size - 1;
    this.factor = Math.max(1, Math.round(sampleRate / SLOT_RATE));
    this.left = this.factor;
  }

  /** Stops once slot `until` is reached; returns the first sample not taken. */
  write(samples: Int16Array, from: number, until: number): number {
    const factor = this.factor;
    const slots = this.slots;
    const mask = this.mask;
    let i = from;
    if (this.left < factor) {
      while (this.left > 0 && i < samples.length) {
        this.sum += samples[i++]!;
        this.left--;
      }
      if (this.left > 0) return i;
      this.slots[this.end++ & mask] = this.sum / factor;
    }
    let end = this.end;
    const last = samples.length - factor;
    while (i <= last && end < until) {
      let sum = 0;
      const stop = i + factor;
      // Every rate of telephony has a multiple of four samples a slot.
      for (; i + 4 <= stop; i += 4) sum += samples[i]! + samples[i + 1]! + samples[i + 2]! + samples[i + 3]!;
      for (; i < stop; i++) sum += samples[i]!;
      slots[end++ & mask] = sum / factor;
    }
    this.end = end;
    this.sum = 0;
    this.left = factor;
    if (end < until) {
      for (; i < samples.length; i++) {
        this.sum += samples[i]!;
        this.left--;
      }
    }
    return i;
  }

  /** The next sample belongs to slot `slot`. What lies between was silent; what is written already is taken back. */
  moveTo(slot: number): void {
    const from = Math.max(this.end, slot - this.slots.length);
    for (let i = from; i < slot; i++) this.slots[i & this.mask] = 0;
    this.end = slot;
    this.sum = 0;
    this.left = this.factor;
  }
}
