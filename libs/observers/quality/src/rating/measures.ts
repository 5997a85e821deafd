import { type FormatSuspicion, type QualityFigures, type QualityKind } from '#libs/contracts';

/** What is still good enough, for each kind, in the unit of its measure; null where nobody is to be told. */
export type QualityThresholds = Readonly<Record<QualityKind, number | null>>;

/** The figures, and the score where it has been made already. */
export type RatedFigures = QualityFigures & { readonly score?: number | null };

/** How one kind of degradation is read from the figures, judged and put into words. */
export interface Measure {
  /** What is measured, for people. */
  readonly figure: string;
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** Null: off unless set. */
  readonly threshold: number | null;
  /** Null where the figure cannot be had. */
  readonly value: (figures: RatedFigures) => number | null;
  /** Worse than the threshold; on it is not bad yet. */
  readonly isBad: (value: number, threshold: number) => boolean;
  /** What it is and a likely cause or cure: "noisy: 9 dB, a fan or traffic". */
  readonly words: (value: number, threshold: number | null, figures: RatedFigures) => string;
}

/** Active speech louder than this is too loud whatever the threshold, which is for speech that is too quiet. */
const LOUDEST_DBOV = -9;
/** ITU-T P.56 and G.107: speech at its usual level. */
const NOMINAL_DBOV = -26;

const above = (value: number, threshold: number) => value > threshold;
const below = (value: number, threshold: number) => value < threshold;

const FORMAT_WORDS: Readonly<Record<FormatSuspicion, string>> = {
  'mulaw-as-pcm': 'μ-law read as PCM, declare the coding that is sent',
  'pcm-as-mulaw': 'PCM read as μ-law, declare the coding that is sent',
  'byte-swapped': 'the bytes of each sample are swapped, send little-endian PCM',
  'wrong-rate': 'played at another rate than it was made for, declare the rate that is sent',
};

/** One row for each kind: what alerts, the score's reasons and the README go by. */
export const MEASURES: Readonly<Record<QualityKind, Measure>> = {
  noise: {
    figure: 'speech over noise',
    unit: 'dB',
    higherIsBetter: true,
    threshold: 20,
    value: (figures) => figures.snrDb,
    isBad: below,
    words: (value) => `noisy: ${whole(value)} dB, ${noiseSource(value)}`,
  },
  distortion: {
    figure: 'harmonics of a steady tone',
    unit: '%',
    higherIsBetter: false,
    threshold: 1,
    value: (figures) => figures.thdPercent,
    isBad: above,
    words: (value) => `distorted: harmonics of ${share(value)}, an overdriven or faulty amplifier`,
  },
  clipping: {
    figure: 'samples in flat tops',
    unit: '%',
    higherIsBetter: false,
    threshold: 0.1,
    value: (figures) => figures.clippingPercent,
    isBad: above,
    words: (value) => `clipped: ${share(value)} of the samples, turn the level down`,
  },
  level: {
    figure: 'active speech level',
    unit: 'dBov',
    higherIsBetter: true,
    threshold: -40,
    value: speechLevel,
    isBad: (value, threshold) => value < threshold || value > LOUDEST_DBOV,
    words: (value) =>
      value > NOMINAL_DBOV
        ? `too loud: ${whole(value)} dBov, turn the level down`
        : `too quiet: ${whole(value)} dBov, far from the microphone or its gain too low`,
  },
  'dc-offset': {
    figure: 'mean of the samples',
    unit: '% of full scale',
    higherIsBetter: false,
    threshold: 2,
    value: (figures) => (figures.dcOffset === null ? null : Math.abs(figures.dcOffset) * 100),
    isBad: above,
    words: (value) => `DC offset: ${share(value)} of full scale, a faulty sound card or adapter`,
  },
  hum: {
    figure: 'mains hum against the speech',
    unit: 'dB',
    higherIsBetter: false,
    threshold: -25,
    value: (figures) => figures.humDb,
    isBad: above,
    words: (value, _threshold, figures) =>
      `hum: ${humWords(value, figures)}, a ground loop or a mains adapter`,
  },
  bandwidth: {
    figure: 'highest frequency',
    unit: 'Hz',
    higherIsBetter: true,
    threshold: null,
    value: (figures) => figures.bandwidthHz,
    isBad: below,
    words: (value) =>
      `muffled: nothing above ${(value / 1000).toFixed(1)} kHz, a low-rate codec or a covered microphone`,
  },
  dropouts: {
    figure: 'drop-outs a minute',
    unit: '/min',
    higherIsBetter: false,
    threshold: 3,
    value: dropoutsPerMinute,
    isBad: above,
    words: (value, _threshold, { dropouts }) =>
      `drop-outs: ${dropouts ?? 0}, ${count(value)} a minute, lost packets or an overloaded sender`,
  },
  arrival: {
    figure: 'sound lost, late or out of order',
    unit: '%',
    higherIsBetter: false,
    threshold: 1,
    value: missingPercent,
    isBad: above,
    words: (value, _threshold, { arrival }) =>
      `arrives badly: ${share(value)} lost or late, jitter ${whole(arrival?.jitterMs ?? 0)} ms, a congested network`,
  },
  format: {
    figure: 'declared format is wrong',
    unit: '0 or 1',
    higherIsBetter: false,
    threshold: 0,
    value: (figures) => (figures.durationMs <= 0 ? null : figures.formatSuspicion === null ? 0 : 1),
    isBad: above,
    words: (_value, _threshold, { formatSuspicion }) =>
      `wrong format: ${formatSuspicion === null ? 'not what was declared' : FORMAT_WORDS[formatSuspicion]}`,
  },
  echo: {
    figure: 'echo against what was said',
    unit: 'dB',
    higherIsBetter: false,
    threshold: -30,
    value: (figures) => figures.echo?.levelDb ?? null,
    isBad: above,
    words: (value, _threshold, { echo }) =>
      `echo: the agent's voice comes back at ${whole(value)} dB after ${whole(echo?.delayMs ?? 0)} ms, ` +
      'a speakerphone or a missing echo canceller',
  },
  score: {
    figure: 'score',
    unit: '0 to 100',
    higherIsBetter: true,
    threshold: 60,
    value: (figures) => figures.score ?? null,
    isBad: below,
    words: (value, threshold) =>
      `sounds bad: score ${whole(value)}${threshold === null ? '' : `, should be ${whole(threshold)} or more`}`,
  },
};

export const DEFAULT_THRESHOLDS = Object.fromEntries(
  Object.entries(MEASURES).map(([kind, { threshold }]) => [kind, threshold]),
) as QualityThresholds;

/** With less speech than this the level is that of everything. */
const MIN_SPEECH_MS = 200;

/** Active speech level in dBov; null where there is too little speech to have one. */
export function speechLevel({ speechMs, levelDbov }: QualityFigures): number | null {
  return speechMs < MIN_SPEECH_MS ? null : levelDbov;
}

export function dropoutsPerMinute({ dropouts, durationMs }: QualityFigures): number | null {
  return dropouts === null || durationMs <= 0 ? null : (dropouts * 60_000) / durationMs;
}

/** Share of the sound that never came, 0 ... 100; null where there is no line. */
export function lostPercent({
  arrival,
  durationMs,
}: Pick<QualityFigures, 'arrival' | 'durationMs'>): number | null {
  if (arrival === null) return null;
  const dueMs = durationMs + arrival.gapMs;
  return dueMs <= 0 ? 0 : (100 * arrival.gapMs) / dueMs;
}

/** Share of the sound that did not come in time or in order, 0 ... 100; null where there is no line. */
export function missingPercent({ arrival, durationMs }: QualityFigures): number | null {
  if (arrival === null) return null;
  const lost = lostPercent({ arrival, durationMs })! / 100;
  // A frame that was overtaken is usually late as well and must not count twice.
  const late = arrival.frames <= 0 ? 0 : Math.max(arrival.late, arrival.outOfOrder) / arrival.frames;
  return 100 * Math.min(1, lost + (1 - lost) * late);
}

function noiseSource(snrDb: number): string {
  if (snrDb < 10) return 'a fan or traffic';
  if (snrDb < 15) return 'a car or a busy room';
  return snrDb < 20 ? 'a lively room or a noisy line' : 'some background noise';
}

function humWords(value: number, { humHz, speechMs }: QualityFigures): string {
  const tone = `${humHz ?? 50} Hz`;
  if (speechMs <= 0) return `${tone} at ${whole(value)} dBov`;
  return value < 0 ? `${tone}, ${whole(-value)} dB under the speech` : `${tone}, louder than the speech`;
}

/** Two digits where one would hide the figure. */
function share(percent: number): string {
  return `${percent < 0.995 ? percent.toFixed(2) : percent.toFixed(1)} %`;
}

function count(value: number): string {
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}

/** Never "-0". */
function whole(value: number): string {
  return String(Math.round(value) + 0);
}
