/** Uniform in 0 ... 1, the same sequence for the same seed on every machine (mulberry32). */
export function random(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}

/** Between `low` and `high`. */
export function between(next: () => number, low: number, high: number): number {
  return low + (high - low) * next();
}
