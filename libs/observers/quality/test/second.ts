import type { QualitySample } from '#libs/contracts';

/** A second of good speech, but for what a test changes. */
export function secondOf(change: Partial<QualitySample> = {}): QualitySample {
  return {
    durationMs: 1000,
    speechMs: 700,
    snrDb: 35,
    thdPercent: null,
    clippingPercent: 0,
    levelDbov: -26,
    noiseDbov: -61,
    dcOffset: 0,
    humDb: null,
    humHz: null,
    bandwidthHz: 3400,
    dropouts: 0,
    formatSuspicion: null,
    echo: null,
    arrival: { frames: 50, jitterMs: 1, gaps: 0, gapMs: 0, late: 0, outOfOrder: 0 },
    mos: 4.4,
    score: 97,
    reasons: [],
    ...change,
  };
}
