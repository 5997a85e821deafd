/** Bands in Hz that a conversion's figures are measured in. */
export interface Bands {
  readonly passFrom: number;
  readonly passTo: number;
  readonly stopFrom: number;
}

export interface Response {
  /** Highest over lowest gain in the pass band. */
  readonly rippleDb: number;
  /** The largest gain difference from 0 dB in the pass band. */
  readonly offsetDb: number;
  /** The strongest image or alias of any tone, against the tone; negative. */
  readonly worstImageDb: number;
}

export function bandsOf(fromRate: number, toRate: number): Bands;

/** `resample` gets a whole tone and belongs to a fresh stream each time it is asked for. */
export function measureResponse(
  makeResample: () => (samples: Int16Array) => Int16Array,
  fromRate: number,
  toRate: number,
): Response;
