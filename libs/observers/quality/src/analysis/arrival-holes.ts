/** So many holes are remembered for frames that come after all; reordering reaches over a few frames. */
const REMEMBERED = 16;

/** Places in the sender's time whose sound has not come. Frames that were only overtaken fill them. */
export class Holes {
  /** How many there are, and how long they are together. */
  count = 0;
  totalMs = 0;
  private readonly startMs = new Float64Array(REMEMBERED);
  private readonly endMs = new Float64Array(REMEMBERED);
  private readonly restMs = new Float64Array(REMEMBERED);
  private next = 0;

  add(startMs: number, missingMs: number): void {
    this.count++;
    this.totalMs += missingMs;
    this.startMs[this.next] = startMs;
    this.endMs[this.next] = startMs + missingMs;
    this.restMs[this.next] = missingMs;
    this.next = (this.next + 1) % REMEMBERED;
  }

  /** Sound came whose middle was spoken at `middleMs`. */
  fill(middleMs: number, durationMs: number): void {
    for (let i = 0; i < REMEMBERED; i++) {
      const restMs = this.restMs[i]!;
      if (restMs <= 0 || middleMs < this.startMs[i]! || middleMs > this.endMs[i]!) continue;
      const filledMs = Math.min(durationMs, restMs);
      this.restMs[i] = restMs - filledMs;
      this.totalMs -= filledMs;
      if (filledMs === restMs) this.count--;
      return;
    }
  }

  /** Of older holes nothing will come any more: the sender counts anew. */
  forget(): void {
    this.restMs.fill(0);
  }
}
