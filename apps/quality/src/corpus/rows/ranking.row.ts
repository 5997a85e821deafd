import type { Arrival, AudioFormat, Echo } from '#libs/contracts';
import { rate } from '#libs/observers/quality';
import type { Bench } from '../bench.js';
import { rankCorrelation } from '../rank.js';
import { caseName, type Row, Tally } from '../row.js';
import { activeLevel } from '../sound/active-level.js';
import { Clipper, hum, torn } from '../sound/faults.js';
import { TELEPHONE } from '../sound/line.js';
import { noise } from '../sound/noises.js';
import { amplitude, lowPassed, mixed, type Signal, scaled } from '../sound/signal.js';
import { harmonicTone } from '../sound/tones.js';
import { talk } from '../sound/voices.js';

const REQUIRED = 0.95;
const SECONDS = 12;
const WIDE: AudioFormat = { encoding: 'pcm16', sampleRate: 16000 };

/** How a call is degraded; what is not named is good. */
interface Degradation {
  readonly snrDb?: number;
  readonly clippedPercent?: number;
  readonly levelDbov?: number;
  readonly humDb?: number;
  readonly offset?: number;
  readonly cutoffHz?: number;
  readonly lossPercent?: number;
  readonly jitterMs?: number;
  readonly echoDb?: number;
}

/** From good to bad, one thing at a time. */
const SERIES: Readonly<Record<string, readonly Degradation[]>> = {
  noise: [40, 30, 25, 20, 15, 10, 5].map((snrDb) => ({ snrDb })),
  clipping: [0, 0.2, 0.5, 1, 2, 3, 5].map((clippedPercent) => ({ clippedPercent })),
  'too quiet': [-26, -36, -40, -44, -48, -52].map((levelDbov) => ({ levelDbov })),
  hum: [-30, -25, -20, -15, -10, -5].map((humDb) => ({ humDb })),
  'DC offset': [0, 0.02, 0.05, 0.1, 0.2].map((offset) => ({ offset })),
  bandwidth: [2600, 2200, 1800, 1400, 1000].map((cutoffHz) => ({ cutoffHz })),
  loss: [0, 0.5, 1, 2, 5, 10, 20].map((lossPercent) => ({ lossPercent })),
  jitter: [1, 10, 25, 50, 100, 200].map((jitterMs) => ({ jitterMs })),
  echo: [-35, -30, -24, -18, -12, -6].map((echoDb) => ({ echoDb })),
};

/** Each step adds to the one before or makes it worse, so that the order is beyond doubt; of several faults at once. */
const STAIRCASES: readonly (readonly Degradation[])[] = [
  [
    {},
    { snrDb: 30 },
    { snrDb: 30, clippedPercent: 0.5 },
    { snrDb: 20, clippedPercent: 0.5 },
    { snrDb: 20, clippedPercent: 1.5 },
    { snrDb: 12, clippedPercent: 1.5 },
    { snrDb: 12, clippedPercent: 4 },
    { snrDb: 6, clippedPercent: 4 },
  ],
  [
    {},
    { lossPercent: 0.5 },
    { lossPercent: 0.5, humDb: -20 },
    { lossPercent: 0.5, humDb: -20, snrDb: 25 },
    { lossPercent: 2, humDb: -20, snrDb: 25 },
    { lossPercent: 2, humDb: -10, snrDb: 25 },
    { lossPercent: 5, humDb: -10, snrDb: 20 },
    { lossPercent: 15, humDb: -10, snrDb: 12 },
  ],
  [
    {},
    { echoDb: -34 },
    { echoDb: -34, offset: 0.05 },
    { echoDb: -30, offset: 0.05 },
    { echoDb: -30, offset: 0.05, levelDbov: -38 },
    { echoDb: -24, offset: 0.05, levelDbov: -42 },
    { echoDb: -18, offset: 0.1, levelDbov: -46 },
  ],
  [
    {},
    { cutoffHz: 2400 },
    { cutoffHz: 2400, jitterMs: 30 },
    { cutoffHz: 1800, jitterMs: 30 },
    { cutoffHz: 1800, jitterMs: 30, lossPercent: 1 },
    { cutoffHz: 1800, jitterMs: 80, lossPercent: 3, clippedPercent: 0.5 },
    { cutoffHz: 1200, jitterMs: 80, lossPercent: 8, clippedPercent: 2 },
  ],
];

/** How bad a degradation is in each way; none of these may be weighed against another. */
function severities(degradation: Degradation): readonly number[] {
  const { snrDb = 45, clippedPercent = 0, levelDbov = -26, humDb, offset = 0 } = degradation;
  const { cutoffHz, lossPercent = 0, jitterMs = 1, echoDb } = degradation;
  const none = Number.NEGATIVE_INFINITY;
  return [
    -snrDb,
    clippedPercent,
    Math.abs(levelDbov + 26),
    humDb ?? none,
    offset,
    cutoffHz === undefined ? none : -cutoffHz,
    lossPercent,
    jitterMs,
    echoDb ?? none,
  ];
}

/** Is `worse` beyond doubt worse: in no way better, and in some way worse? */
function isWorse(worse: readonly number[], better: readonly number[]): boolean {
  return (
    worse.every((severity, i) => severity >= better[i]!) && worse.some((severity, i) => severity > better[i]!)
  );
}

/** Goodman and Kruskal's gamma over all pairs whose order is beyond doubt: 1 if the score has them all right. */
function agreement(cases: readonly { readonly severities: readonly number[]; readonly score: number }[]): {
  gamma: number;
  pairs: number;
} {
  let right = 0;
  let wrong = 0;
  for (const worse of cases) {
    for (const better of cases) {
      if (!isWorse(worse.severities, better.severities)) continue;
      if (worse.score < better.score) right++;
      else if (worse.score > better.score) wrong++;
    }
  }
  return { gamma: (right - wrong) / (right + wrong), pairs: right + wrong };
}

export const rankingRow: Row = (bench) => {
  const tally = new Tally();
  let worst = 1;
  let gamma = 1;
  let pairs = 0;
  const judge = (label: string, scores: readonly number[]) => {
    const rho = -rankCorrelation(
      scores,
      scores.map((_, i) => i),
    );
    worst = Math.min(worst, rho);
    tally.holds(`${label}: ${scores.join(', ')}`, rho >= REQUIRED, `≥ ${REQUIRED}`, rho.toFixed(3));
  };
  for (const line of [TELEPHONE, WIDE]) {
    const cases: { severities: readonly number[]; score: number }[] = [];
    const scores = (name: string, steps: readonly Degradation[]) =>
      steps.map((degradation) => {
        const score = scoreOf(bench, line, name, degradation);
        cases.push({ severities: severities(degradation), score });
        return score;
      });
    for (const [name, series] of Object.entries(SERIES)) judge(caseName(line, name), scores(name, series));
    judge(caseName(line, 'distorted tone'), distortedTones(bench, line));
    judge(caseName(line, 'drop-outs'), tornSpeech(bench, line));
    for (const [s, steps] of STAIRCASES.entries())
      judge(caseName(line, `staircase ${s + 1}`), scores(`staircase ${s + 1}`, steps));
    const all = agreement(cases);
    tally.holds(
      caseName(line, 'all pairs whose order is beyond doubt'),
      all.gamma >= REQUIRED,
      `≥ ${REQUIRED}`,
      all.gamma.toFixed(3),
    );
    gamma = Math.min(gamma, all.gamma);
    pairs += all.pairs;
  }
  return tally.result(
    'MOS, score',
    `Spearman ≥ ${REQUIRED} against the order of degradation`,
    `worst series ${worst.toFixed(3)}; over ${pairs} pairs of all series γ ≥ ${gamma.toFixed(3)}`,
  );
};

function scoreOf(bench: Bench, line: AudioFormat, name: string, degradation: Degradation): number {
  const label = caseName(line, 'ranking', name, JSON.stringify(degradation).replace(/["{}]/g, ''));
  const { call } = bench.measure(label, line, degraded(line, degradation));
  const { lossPercent = 0, jitterMs = 1, echoDb } = degradation;
  const gapMs = (call.durationMs * lossPercent) / (100 - lossPercent);
  const arrival: Arrival = {
    frames: Math.round(call.durationMs / 20),
    jitterMs,
    gaps: Math.ceil(gapMs / 20),
    gapMs,
    late: 0,
    outOfOrder: 0,
  };
  const echo: Echo | null = echoDb === undefined ? null : { delayMs: 120, levelDb: echoDb };
  return rate({ ...call, arrival, echo }, line).score ?? Number.NaN;
}

function degraded({ sampleRate }: AudioFormat, degradation: Degradation): Signal {
  const { snrDb = 45, clippedPercent, levelDbov = -26, humDb, offset = 0, cutoffHz } = degradation;
  let signal = talk({ sampleRate, seconds: SECONDS, seed: 400, levelDbov });
  if (cutoffHz !== undefined) signal = lowPassed(signal, sampleRate, cutoffHz);
  signal = mixed(signal, scaled(noise('pink', signal.length, sampleRate, 401), amplitude(levelDbov - snrDb)));
  if (humDb !== undefined)
    signal = mixed(signal, scaled(hum(signal.length, sampleRate, 50), amplitude(levelDbov + humDb)));
  if (clippedPercent !== undefined) {
    const flat = new Clipper(signal).clip(clippedPercent, 1);
    signal = scaled(flat, amplitude(levelDbov - activeLevel(flat, sampleRate)));
  }
  return signal.map((value) => value + offset);
}

function distortedTones(bench: Bench, line: AudioFormat): readonly number[] {
  return [0.5, 1, 2, 3, 5, 7, 10].map((thdPercent) => {
    const { sampleRate } = line;
    const signal = harmonicTone({
      frequencyHz: 620,
      harmonics: [2, 3],
      thdPercent,
      levelDbov: -16,
      seconds: 4,
      sampleRate,
    });
    const { call } = bench.measure(caseName(line, 'ranking THD', thdPercent), line, signal);
    return rate({ ...call, arrival: null, echo: null }, line).score ?? Number.NaN;
  });
}

/** The same speech with ever more tears. */
function tornSpeech(bench: Bench, line: AudioFormat): readonly number[] {
  const { sampleRate } = line;
  const said = talk({ sampleRate, seconds: 40, seed: 402, pauseMs: [200, 500] });
  const speech = mixed(said, scaled(noise('pink', said.length, sampleRate, 404), amplitude(-65)));
  const whole = torn(speech, sampleRate, 'muted', 60, 403);
  return [0, 0.1, 0.3, 0.6, 1].map((share) => {
    const count = Math.round(whole.tears.length * share);
    const signal = Float64Array.from(speech);
    for (const { atMs, durationMs } of whole.tears.slice(0, count))
      signal.fill(0, (atMs * sampleRate) / 1000, ((atMs + durationMs) * sampleRate) / 1000);
    const { call } = bench.measure(caseName(line, `ranking ${count} drop-outs`), line, signal);
    return rate({ ...call, arrival: null, echo: null }, line).score ?? Number.NaN;
  });
}
