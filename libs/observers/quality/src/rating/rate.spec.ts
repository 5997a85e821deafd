import { describe, expect, it } from '@jest/globals';
import {
  type AudioFormat,
  QUALITY_KINDS,
  type QualityFigures,
  type QualityKind,
  type QualitySample,
} from '#libs/contracts';
import { DEFAULT_THRESHOLDS, MEASURES } from './measures.js';
import { rate } from './rate.js';

const LINE: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

const ARRIVAL = { frames: 3000, jitterMs: 2, gaps: 0, gapMs: 0, late: 0, outOfOrder: 0 };

const GOOD: QualityFigures = {
  durationMs: 60_000,
  speechMs: 30_000,
  snrDb: 60,
  thdPercent: null,
  clippingPercent: 0,
  levelDbov: -26,
  noiseDbov: -86,
  dcOffset: 0,
  humDb: null,
  humHz: null,
  bandwidthHz: 3400,
  dropouts: 0,
  formatSuspicion: null,
  echo: null,
  arrival: ARRIVAL,
};

const NOTHING: QualityFigures = {
  ...GOOD,
  durationMs: 0,
  speechMs: 0,
  snrDb: null,
  clippingPercent: null,
  levelDbov: null,
  noiseDbov: null,
  dcOffset: null,
  bandwidthHz: null,
  dropouts: null,
  arrival: null,
};

const scoreOf = (worse: Partial<QualityFigures>) => rate({ ...GOOD, ...worse }, LINE).score!;
const mosOf = (worse: Partial<QualityFigures>) => rate({ ...GOOD, ...worse }, LINE).mos!;
const reasonsOf = (worse: Partial<QualityFigures>) => rate({ ...GOOD, ...worse }, LINE).reasons;
const lost = (percent: number) => ({
  arrival: { ...ARRIVAL, gaps: 1, gapMs: (60_000 * percent) / (100 - percent) },
});

describe('the rating', () => {
  it('gives a good call the MOS that ITU-T G.107 gives its defaults, and a score near 100', () => {
    expect(mosOf({})).toBeCloseTo(4.41, 2);
    expect(scoreOf({})).toBeGreaterThan(95);
    expect(reasonsOf({})).toEqual([]);
  });

  it('takes loss as ITU-T G.113 tells for G.711 without concealment', () => {
    // Ie,eff = 95 · Ppl / (Ppl + 4.3): R = 93.2 - 30.2 and 93.2 - 66.4.
    expect(mosOf(lost(2))).toBeCloseTo(3.24, 1);
    expect(mosOf(lost(10))).toBeCloseTo(1.48, 1);
  });

  it.each<[string, readonly Partial<QualityFigures>[]]>([
    ['noise', [35, 30, 25, 20, 15, 10, 5, 0].map((snrDb) => ({ snrDb, noiseDbov: -26 - snrDb }))],
    ['distortion', [0, 0.5, 1, 2, 5, 10].map((thdPercent) => ({ thdPercent }))],
    ['clipping', [0, 0.05, 0.1, 0.5, 1, 3, 5].map((clippingPercent) => ({ clippingPercent }))],
    ['too quiet', [-35, -40, -45, -50, -55].map((levelDbov) => ({ levelDbov }))],
    ['too loud', [-15, -12, -9, -6, -3].map((levelDbov) => ({ levelDbov }))],
    ['DC offset', [0, -0.02, 0.05, -0.2].map((dcOffset) => ({ dcOffset }))],
    ['hum', [-40, -30, -20, -10, 0].map((humDb) => ({ humDb, humHz: 50 }))],
    ['bandwidth', [2900, 2500, 2000, 1500, 1000].map((bandwidthHz) => ({ bandwidthHz }))],
    ['drop-outs', [0, 1, 3, 10, 60].map((dropouts) => ({ dropouts }))],
    ['loss', [0, 1, 2, 5, 10, 30].map(lost)],
    ['late frames', [0, 10, 100, 1000].map((late) => ({ arrival: { ...ARRIVAL, late } }))],
    ['order', [0, 10, 100, 1000].map((outOfOrder) => ({ arrival: { ...ARRIVAL, outOfOrder } }))],
    ['jitter', [2, 10, 30, 60, 100, 200].map((jitterMs) => ({ arrival: { ...ARRIVAL, jitterMs } }))],
    ['echo', [-40, -30, -20, -10, -6].map((levelDb) => ({ echo: { delayMs: 120, levelDb } }))],
    ["an echo's delay", [10, 30, 60, 120].map((delayMs) => ({ echo: { delayMs, levelDb: -30 } }))],
  ])('falls with %s', (_name, series) => {
    const scores = series.map(scoreOf);
    for (let i = 1; i < scores.length; i++) expect(scores[i]).toBeLessThan(scores[i - 1]!);
    const opinions = series.map(mosOf);
    for (let i = 1; i < opinions.length; i++) expect(opinions[i]).toBeLessThanOrEqual(opinions[i - 1]!);
  });

  it('stays within its scale whatever comes together', () => {
    const worst = { ...lost(99), snrDb: -5, clippingPercent: 30, echo: { delayMs: 900, levelDb: 0 } };
    expect(mosOf(worst)).toBe(1);
    expect(scoreOf(worst)).toBe(0);
    expect(mosOf({ levelDbov: -18, snrDb: 80 })).toBeLessThanOrEqual(4.5);
    expect(scoreOf({ levelDbov: -18, snrDb: 80 })).toBeLessThanOrEqual(100);
  });

  it('names what lowered the score, worst first, with a likely cause', () => {
    expect(reasonsOf({ snrDb: 9, clippingPercent: 2.3 })).toEqual([
      'noisy: 9 dB, a fan or traffic',
      'clipped: 2.3 % of the samples, turn the level down',
    ]);
    expect(reasonsOf({ snrDb: 18, clippingPercent: 5 })[0]).toMatch(/^clipped/);
    expect(reasonsOf({ humDb: -10, humHz: 60 })[0]).toBe(
      'hum: 60 Hz, 10 dB under the speech, a ground loop or a mains adapter',
    );
    expect(reasonsOf({ formatSuspicion: 'byte-swapped' })[0]).toMatch(/^wrong format: the bytes/);
    expect(reasonsOf({ echo: { delayMs: 240, levelDb: -12 } })[0]).toMatch(/at -12 dB after 240 ms/);
  });

  it('goes by the thresholds that it is given', () => {
    const strict = { ...DEFAULT_THRESHOLDS, noise: 65 };
    expect(rate(GOOD, LINE, strict).reasons).toEqual(['noisy: 60 dB, some background noise']);
  });

  it('knows nothing where there was no sound', () => {
    expect(rate(NOTHING, LINE)).toEqual({ mos: null, score: null, reasons: [] });
    const silent = rate({ ...NOTHING, durationMs: 5000, levelDbov: -127 }, LINE);
    expect(silent).toMatchObject({ mos: null, score: null });
    expect(silent.reasons[0]).toMatch(/^silent/);
  });

  it('judges the line alone while the caller is silent', () => {
    const quiet = { ...NOTHING, durationMs: 1000, levelDbov: -90, arrival: { ...ARRIVAL, frames: 50 } };
    expect(rate(quiet, LINE).score).toBeGreaterThan(95);
  });

  it('does not take the level of a pause for that of speech', () => {
    const pause = { ...GOOD, speechMs: 0, snrDb: null, levelDbov: -65, bandwidthHz: 300 };
    const rating = rate(pause, LINE);
    expect(rating).toEqual({
      mos: null,
      score: null,
      reasons: ['no speech can be made out: noise, music or tones'],
    });
  });
});

describe('the measures', () => {
  it('cover every kind once', () => {
    expect(Object.keys(MEASURES).sort()).toEqual([...QUALITY_KINDS].sort());
    expect(DEFAULT_THRESHOLDS).toMatchObject({ noise: 20, distortion: 1, clipping: 0.1, score: 60 });
  });

  it('find nothing bad in a good call, and nothing at all where there was no sound', () => {
    for (const kind of QUALITY_KINDS) {
      const { value, threshold, isBad } = MEASURES[kind];
      expect([kind, value(NOTHING)]).toEqual([kind, null]);
      const measured = value({ ...GOOD, score: 97 });
      if (measured !== null && threshold !== null)
        expect([kind, isBad(measured, threshold)]).toEqual([kind, false]);
    }
  });

  it.each<[QualityKind, Partial<QualitySample>]>([
    ['noise', { snrDb: 19.9 }],
    ['distortion', { thdPercent: 1.1 }],
    ['clipping', { clippingPercent: 0.11 }],
    ['level', { levelDbov: -41 }],
    ['level', { levelDbov: -8 }],
    ['dc-offset', { dcOffset: -0.03 }],
    ['hum', { humDb: -10, humHz: 50 }],
    ['dropouts', { dropouts: 4 }],
    ['arrival', lost(1.1)],
    ['format', { formatSuspicion: 'wrong-rate' }],
    ['echo', { echo: { delayMs: 200, levelDb: -20 } }],
    ['score', { score: 59 }],
  ])('find %s bad by default at %j', (kind, worse) => {
    const { value, threshold, isBad, words } = MEASURES[kind];
    const measured = value({ ...GOOD, ...worse })!;
    expect(isBad(measured, threshold!)).toBe(true);
    expect(words(measured, threshold, { ...GOOD, ...worse })).toMatch(/^[a-zA-Z -]+: .*\d|: the|: played/);
  });

  it('leaves the bandwidth alone unless told otherwise', () => {
    expect(MEASURES.bandwidth.threshold).toBeNull();
    expect(MEASURES.bandwidth.isBad(2000, 3000)).toBe(true);
  });
});
