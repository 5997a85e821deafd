/** The last samples of a track; no piece of it is ever copied out as a view. */
export class SampleRing {
  readonly samples: Int16Array;
  readonly mask: number;
  /** The sample after the newest that has been looked at. Those that were written ahead stand behind it. */
  at = 0;
  private written = 0;

  /** `size` is a power of two. What may be written ahead is what no reader looks back upon. */
  constructor(size: number) {
    this.samples = new Int16Array(size);
    this.mask = size - 1;
  }

  write(samples: Int16Array, from: number, end: number): void {
    const { samples: ring, mask } = this;
    const at = this.written;
    const length = end - from;
    this.written = (at + length) & mask;
    // A native copy, for which a view of a part would have to be made.
    if (length === samples.length && at + length <= ring.length) ring.set(samples, at);
    else for (let i = 0; i < length; i++) ring[(at + i) & mask] = samples[from + i]!;
  }

  /** The next `count` samples of those that were written have been looked at. */
  advance(count: number): void {
    this.at = (this.at + count) & this.mask;
  }
}
