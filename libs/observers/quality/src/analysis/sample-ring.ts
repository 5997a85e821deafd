/** The last samples of a track; one store a sample, no piece of it is ever copied out as a view. */
export class SampleRing {
  readonly samples: Int16Array;
  readonly mask: number;
  /** Where the next sample goes. */
  at = 0;

  /** `size` is a power of two. */
  constructor(size: number) {
    this.samples = new Int16Array(size);
    this.mask = size - 1;
  }
}
