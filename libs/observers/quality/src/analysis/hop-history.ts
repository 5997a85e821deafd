/** Length of a hop, the grain of everything that is decided about activity. */
export const HOP_MS = 20;

/** Kept: 10.24 s, in which even a fluent speaker pauses. */
export const HISTORY_HOPS = 512;

/** So many hops of lines in a row are a tone; in speech there is hardly more than one. */
const MIN_TONE_HOPS = 2;
/** After a tone the envelope falls for so long until there is nothing left of it. */
const TONE_TAIL_HOPS = 20;

/** Power and envelope of the last hops of a track. */
export class HopHistory {
  private readonly powers = new Float32Array(HISTORY_HOPS);
  private readonly envelopes = new Float32Array(HISTORY_HOPS);
  private readonly lines = new Uint8Array(HISTORY_HOPS);
  /** Hops ever noted. */
  count = 0;
  /** Where the last run of lines that make a tone ended. */
  private lastTone = 0;
  private lineHops = 0;

  /** `power` is the mean square, `envelope` the highest of the hop; `isLines` if it is made of lines alone. */
  note(power: number, envelope: number, isLines: boolean): void {
    const at = this.count % HISTORY_HOPS;
    this.powers[at] = power;
    this.envelopes[at] = envelope;
    this.lines[at] = isLines ? 1 : 0;
    this.count++;
    this.lineHops = isLines ? this.lineHops + 1 : 0;
    if (this.lineHops >= MIN_TONE_HOPS) this.lastTone = this.count;
  }

  get length(): number {
    return Math.min(this.count, HISTORY_HOPS);
  }

  /**
   * Oldest first, without the tones, which are neither speech nor pauses. `places` gets for each hop that is kept here, and
   * for the end, how many before it were copied. Returns how many were copied in all.
   */
  copyTo(powers: Float32Array, envelopes: Float32Array, places: Uint16Array): number {
    const length = this.length;
    const first = this.count - length;
    if (this.lastTone < first + MIN_TONE_HOPS) return this.copyAll(powers, envelopes, places);
    let copied = 0;
    let before = 0;
    /** Where the last tone ended, and where what is left of it does. */
    let toneEnd = 0;
    let tailEnd = 0;
    for (let i = 0; i < length; i++) {
      places[i] = copied;
      const at = (first + i) % HISTORY_HOPS;
      const envelope = this.envelopes[at]!;
      // The hops in which a tone begins and ends are no lines.
      if (this.beginsTone(first + i, length - i) || this.beginsTone(first + i + 1, length - i - 1)) {
        toneEnd = i + MIN_TONE_HOPS + 1;
        tailEnd = toneEnd + TONE_TAIL_HOPS;
      }
      if (envelope >= before && i >= toneEnd) tailEnd = 0;
      before = envelope;
      if (i < toneEnd || i < tailEnd) continue;
      powers[copied] = this.powers[at]!;
      envelopes[copied] = envelope;
      copied++;
    }
    places[length] = copied;
    return copied;
  }

  /** Where there is no tone. */
  private copyAll(powers: Float32Array, envelopes: Float32Array, places: Uint16Array): number {
    const { length } = this;
    const oldest = (this.count - length) % HISTORY_HOPS;
    for (let i = 0, at = oldest; i < length; i++) {
      powers[i] = this.powers[at]!;
      envelopes[i] = this.envelopes[at]!;
      places[i] = i;
      if (++at === HISTORY_HOPS) at = 0;
    }
    places[length] = length;
    return length;
  }

  /** `left`: how many hops there are from `hop` on. */
  private beginsTone(hop: number, left: number): boolean {
    if (left < MIN_TONE_HOPS) return false;
    for (let i = 0; i < MIN_TONE_HOPS; i++) if (this.lines[(hop + i) % HISTORY_HOPS] === 0) return false;
    return true;
  }
}
