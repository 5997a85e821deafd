import {
  type AudioEncoding,
  type AudioFormat,
  QUALITY_KINDS,
  type QualityFigures,
  type QualityKind,
  type QualityRating,
} from '#libs/contracts';
import { BEST_MOS, type CodecImpairment, mosOf, transmissionRating } from './e-model.js';
import {
  DEFAULT_THRESHOLDS,
  dropoutsPerMinute,
  lostPercent,
  MEASURES,
  missingPercent,
  type QualityThresholds,
  speechLevel,
} from './measures.js';

/** Below this there is nothing to hear and so nothing to rate. */
const AUDIBLE_DBOV = -75;
/** What lowers the score by so many points is told even while it is within its threshold. */
const NO_SPEECH = 'no speech can be made out: noise, music or tones';
const TOLD_POINTS = 8;
/** A drop-out is at least one lost packet. */
const PACKET_MS = 20;
/** Down to here a line carries what a telephone carries (ITU-T G.712). */
const TELEPHONE_HZ = 3000;

/**
 * ITU-T G.113, appendix I: G.711 without concealment. Uncompressed sound loses as much with a lost packet, and the gateway
 * conceals nothing.
 */
const CODECS: Readonly<Record<AudioEncoding, CodecImpairment>> = {
  mulaw: { ie: 0, bpl: 4.3 },
  alaw: { ie: 0, bpl: 4.3 },
  pcm16: { ie: 0, bpl: 4.3 },
};

/**
 * What the figures mean for a listener. MOS and score are null where there is nothing to hear and no line to judge,
 * and for sound without speech. Sound beyond the telephone band is on the same scale: it is rated for what degrades it, not praised for its width.
 */
export function rate(
  figures: QualityFigures,
  line: AudioFormat,
  thresholds: QualityThresholds = DEFAULT_THRESHOLDS,
): QualityRating {
  const audible = figures.levelDbov !== null && figures.levelDbov > AUDIBLE_DBOV;
  const onLine = figures.arrival !== null && (figures.arrival.frames > 0 || figures.arrival.gapMs > 0);
  if (!(audible || onLine)) return { mos: null, score: null, reasons: silence(figures) };
  if (audible && !speaks(figures)) return { mos: null, score: null, reasons: [NO_SPEECH] };
  const mos = mosFrom(figures, line);
  const score = scoreFrom(figures, mos);
  return {
    mos: round(mos, 2),
    score: round(score, 1),
    reasons: reasonsFor(figures, line, score, thresholds),
  };
}

/** Noise and music are not rated: the scale is one of speech. A test tone and a misread format are what they are. */
function speaks({ speechMs, thdPercent, formatSuspicion }: QualityFigures): boolean {
  return speechMs > 0 || thdPercent !== null || formatSuspicion !== null;
}

function silence({ durationMs }: QualityFigures): readonly string[] {
  return durationMs > 0 ? ['silent: nothing to hear, a muted microphone or a dead line'] : [];
}

function mosFrom(figures: QualityFigures, line: AudioFormat): number {
  const { durationMs, dropouts, arrival } = figures;
  const torn = durationMs > 0 ? Math.min(100, (100 * PACKET_MS * (dropouts ?? 0)) / durationMs) : 0;
  return mosOf(
    transmissionRating({
      // What never came is heard as a drop-out too; it counts once. What came late is not lost: the AI waits for it.
      lossPercent: Math.max(torn, lostPercent(figures) ?? 0),
      jitterMs: arrival?.jitterMs ?? 0,
      codec: CODECS[line.encoding],
      levelDbov: speechLevel(figures),
      snrDb: figures.snrDb,
      thdPercent: figures.thdPercent,
      echo: figures.echo,
    }),
  );
}

/** The share of the best MOS that is left, times what is left by everything that the E-model does not know. */
function scoreFrom(figures: QualityFigures, mos: number): number {
  const share = Math.max(0, (mos - 1) / (BEST_MOS - 1));
  return FACTORS.reduce((score, factor) => score * factor(figures), 100 * share);
}

/** Each is 1 where nothing is wrong or nothing is known, and falls towards 0 the worse its figure is. */
const FACTORS: readonly ((figures: QualityFigures) => number)[] = [
  ({ clippingPercent }) => 1 / (1 + ((clippingPercent ?? 0) / 1.5) ** 0.8),
  ({ thdPercent }) => 1 / (1 + (thdPercent ?? 0) / 15),
  ({ humDb }) => (humDb === null ? 1 : 1 / (1 + 10 ** ((humDb + 12) / 20))),
  ({ dcOffset }) => 1 / (1 + Math.abs(dcOffset ?? 0) / 0.2),
  ({ bandwidthHz, speechMs }) =>
    bandwidthHz === null || speechMs <= 0 ? 1 : Math.sqrt(Math.min(1, bandwidthHz / TELEPHONE_HZ)),
  (figures) => 1 / (1 + (dropoutsPerMinute(figures) ?? 0) / 20),
  ({ arrival }) => 1 / (1 + (arrival?.jitterMs ?? 0) / 200),
  (figures) => 1 / (1 + (missingPercent(figures) ?? 0) / 100),
  ({ formatSuspicion }) => (formatSuspicion === null ? 1 : 0.1),
];

/** The score without one figure, less the score, is what that figure costs; the dearest comes first. */
function reasonsFor(
  figures: QualityFigures,
  line: AudioFormat,
  score: number,
  thresholds: QualityThresholds,
): readonly string[] {
  const told: { readonly words: string; readonly points: number }[] = [];
  for (const kind of QUALITY_KINDS) {
    const measure = MEASURES[kind];
    const value = measure.value(figures);
    if (value === null) continue;
    const threshold = thresholds[kind];
    const isBad = threshold !== null && measure.isBad(value, threshold);
    // No figure can have cost more than is missing to 100.
    if (!isBad && 100 - score < TOLD_POINTS) continue;
    const otherwise = without(figures, kind);
    const points = scoreFrom(otherwise, mosFrom(otherwise, line)) - score;
    if (isBad || points >= TOLD_POINTS)
      told.push({ words: measure.words(value, threshold, figures), points });
  }
  return told.sort((a, b) => b.points - a.points).map(({ words }) => words);
}

function without(figures: QualityFigures, kind: QualityKind): QualityFigures {
  return { ...figures, ...ABSENT[kind] };
}

const ABSENT: Readonly<Record<QualityKind, Partial<QualityFigures>>> = {
  noise: { snrDb: null, noiseDbov: null },
  distortion: { thdPercent: null },
  clipping: { clippingPercent: null },
  level: { levelDbov: null },
  'dc-offset': { dcOffset: null },
  hum: { humDb: null, humHz: null },
  bandwidth: { bandwidthHz: null },
  dropouts: { dropouts: null },
  arrival: { arrival: null },
  format: { formatSuspicion: null },
  echo: { echo: null },
  score: {},
};

function round(value: number, digits: number): number {
  const unit = 10 ** digits;
  return Math.round(value * unit) / unit;
}
