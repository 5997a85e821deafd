interface Pause {
  fromMs: number;
  toMs: number;
}

/**
 * When nothing is recorded. Several may ask for it, and it lasts until none does. Times on the gateway's clock.
 */
export class Pauses {
  private readonly holders = new Set<string>();
  private pauses: Pause[] = [];

  get paused(): boolean {
    return this.holders.size > 0;
  }

  /** True: it was not paused before. `fromMs` may lie before what is written next, but not before what is written. */
  begin(holder: string, fromMs: number): boolean {
    const was = this.paused;
    this.holders.add(holder);
    if (!was) this.pauses.push({ fromMs, toMs: Number.POSITIVE_INFINITY });
    else this.pauses.at(-1)!.fromMs = Math.min(this.pauses.at(-1)!.fromMs, fromMs);
    return !was;
  }

  /** True: it goes on. */
  end(holder: string, nowMs: number): boolean {
    if (!this.holders.delete(holder) || this.paused) return false;
    this.pauses.at(-1)!.toMs = nowMs;
    return true;
  }

  /** Makes silence of what stands in a pause. Pauses before `fromMs` are forgotten. */
  silence(stereo: Int16Array, fromMs: number, frames: number, sampleRate: number): void {
    const perMs = sampleRate / 1000;
    while (this.pauses.length > 0 && this.pauses[0]!.toMs < fromMs) this.pauses.shift();
    for (const { fromMs: begin, toMs } of this.pauses) {
      const from = Math.max(0, Math.floor((begin - fromMs) * perMs));
      const to = Math.min(frames, Math.ceil((toMs - fromMs) * perMs));
      if (from < to) stereo.fill(0, from * 2, to * 2);
    }
  }
}
