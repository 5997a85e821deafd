/** Pieces that are remembered; of 20 ms each, ten seconds. */
const KEPT = 512;

/**
 * When the sound of one stream arrived, piece by piece, so that a position in it can be told as a time: voice detections speak
 * of positions. A piece covers the time before it arrived. Allocates nothing after it was made; memory is bounded.
 */
export class ArrivalLog {
  private readonly endsMs = new Float64Array(KEPT);
  private readonly arrivedMs = new Float64Array(KEPT);
  private count = 0;

  /** A piece that ends at `endMs` of the stream arrived. Ends never decrease. */
  note(endMs: number, arrivedMs: number): void {
    const at = this.count++ % KEPT;
    this.endsMs[at] = endMs;
    this.arrivedMs[at] = arrivedMs;
  }

  /**
   * When sound that starts or stops at this position was spoken, on the clock of the arrivals. At the border of two pieces what
   * starts is in the later one, what stops in the earlier. Outside of what is remembered it is counted from the nearest piece.
   * Null before the first one.
   */
  instantOf(positionMs: number, edge: 'started' | 'stopped'): number | null {
    if (this.count === 0) return null;
    const oldest = Math.max(0, this.count - KEPT);
    let piece = this.count - 1;
    for (; piece > oldest; piece--) {
      const endMs = this.endsMs[(piece - 1) % KEPT]!;
      if (endMs < positionMs || (endMs === positionMs && edge === 'started')) break;
    }
    const at = piece % KEPT;
    return this.arrivedMs[at]! - (this.endsMs[at]! - positionMs);
  }
}
