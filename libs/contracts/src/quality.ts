/** Why a track sounds worse than it should; a closed list, since it is a metric's label. */
export type QualityKind =
  | 'noise'
  | 'distortion'
  | 'clipping'
  | 'level'
  | 'dc-offset'
  | 'hum'
  | 'bandwidth'
  | 'dropouts'
  | 'arrival'
  | 'format'
  | 'echo'
  | 'score';

export const QUALITY_KINDS: readonly QualityKind[] = [
  'noise',
  'distortion',
  'clipping',
  'level',
  'dc-offset',
  'hum',
  'bandwidth',
  'dropouts',
  'arrival',
  'format',
  'echo',
  'score',
];

/** The sound is not what it was declared to be. */
export type FormatSuspicion = 'mulaw-as-pcm' | 'pcm-as-mulaw' | 'byte-swapped' | 'wrong-rate';

/** Our own voice coming back. */
export interface Echo {
  /** From the moment the agent's sound was to be heard until it came back. */
  readonly delayMs: number;
  /** Of the echo below what was said; negative. */
  readonly levelDb: number;
}

/** How the frames of a live track came. Null in place of this where there is no line, as for files. */
export interface Arrival {
  readonly frames: number;
  /** Interarrival jitter as RFC 3550 section 6.4.1 defines it. */
  readonly jitterMs: number;
  /** Stretches of sound that never came, and how long they were together. */
  readonly gaps: number;
  readonly gapMs: number;
  /** Frames that came later than a jitter buffer of the configured depth would have waited. */
  readonly late: number;
  readonly outOfOrder: number;
}

/**
 * What was measured of one track in one stretch of time. Null where a figure cannot be had, never a guess. Formulas,
 * windows and sources: libs/observers/quality/README.md.
 */
export interface QualityFigures {
  /** How much sound the figures rest on, and how much of it was speech. */
  readonly durationMs: number;
  readonly speechMs: number;
  readonly snrDb: number | null;
  readonly thdPercent: number | null;
  readonly clippingPercent: number | null;
  /** Active speech level where there is speech (ITU-T P.56), else the level of everything. */
  readonly levelDbov: number | null;
  readonly noiseDbov: number | null;
  /** Mean of the samples over full scale, -1 ... 1. */
  readonly dcOffset: number | null;
  /** Level of the mains hum against the speech (or against 0 dBov where there is none), and its frequency, 50 or 60. */
  readonly humDb: number | null;
  readonly humHz: number | null;
  readonly bandwidthHz: number | null;
  /** Muted or repeated stretches inside speech, and clicks at the borders of frames. */
  readonly dropouts: number | null;
  readonly formatSuspicion: FormatSuspicion | null;
  readonly echo: Echo | null;
  readonly arrival: Arrival | null;
}

/** The figures with what they mean for a listener. */
export interface QualityRating {
  /** 1 ... 4.5, by the E-model (ITU-T G.107). */
  readonly mos: number | null;
  /** 0 ... 100. */
  readonly score: number | null;
  /** What lowered the score, worst first, in words. */
  readonly reasons: readonly string[];
}

export interface QualitySample extends QualityFigures, QualityRating {}
