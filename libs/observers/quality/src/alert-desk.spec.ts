import { beforeEach, describe, expect, it } from '@jest/globals';
import { type EventSink, QUALITY_KINDS, type QualityKind, type QualitySample } from '#libs/contracts';
import { secondOf } from '../test/second.js';
import { AlertDesk } from './alert-desk.js';
import { DEFAULT_THRESHOLDS, MEASURES } from './rating/measures.js';

/** A second that is bad in one kind, by the measures' own judgement. */
const BAD: Readonly<Record<QualityKind, Partial<QualitySample>>> = {
  noise: { snrDb: 9 },
  distortion: { thdPercent: 4 },
  clipping: { clippingPercent: 3 },
  level: { levelDbov: -55 },
  'dc-offset': { dcOffset: 0.1 },
  hum: { humDb: -8, humHz: 50 },
  bandwidth: { bandwidthHz: 1500 },
  dropouts: { dropouts: 1 },
  arrival: { arrival: { frames: 40, jitterMs: 30, gaps: 3, gapMs: 200, late: 2, outOfOrder: 0 } },
  format: { formatSuspicion: 'byte-swapped' },
  echo: { echo: { delayMs: 120, levelDb: -12 } },
  score: { score: 30 },
};

describe('the alerts of one track', () => {
  let told: { readonly atS: number; readonly what: string; readonly data: object }[];
  let seconds: number;
  let desk: AlertDesk;
  const events: EventSink = {
    publish: (what, data) => told.push({ atS: seconds, what, data }),
  };

  beforeEach(() => {
    told = [];
    seconds = 0;
    desk = new AlertDesk('caller', { ...DEFAULT_THRESHOLDS, bandwidth: 3000 }, events);
  });

  const look = (count: number, change: Partial<QualitySample> = {}) => {
    for (let i = 0; i < count; i++) desk.look(secondOf(change), ++seconds * 1000);
  };
  const story = () => told.map(({ what, data }) => `${what} ${(data as { kind: string }).kind}`);

  it.each(QUALITY_KINDS)('tell once that %s is bad, and once that it is good again', (kind) => {
    look(10);
    look(60, BAD[kind]);
    look(120);
    expect(story()).toEqual([`quality.degraded ${kind}`, `quality.recovered ${kind}`]);
    const [degraded, recovered] = told;
    expect(degraded!.atS).toBeLessThanOrEqual(13);
    const value = MEASURES[kind].value(secondOf(BAD[kind]))!;
    expect(degraded!.data).toMatchObject({ track: 'caller', value });
    expect((degraded!.data as { words: string }).words).toMatch(/[a-z]{4}/);
    expect(recovered!.data).toMatchObject({ degradedMs: (recovered!.atS - degraded!.atS) * 1000 });
  });

  it('are not told of one bad second, however often one comes', () => {
    for (let i = 0; i < 30; i++) {
      look(1, { snrDb: 5 });
      look(4);
    }
    expect(told).toEqual([]);
  });

  it('are told of clipping that comes back every few seconds', () => {
    for (let i = 0; i < 30; i++) {
      look(1, { clippingPercent: 2 });
      look(2);
    }
    expect(story()).toEqual(['quality.degraded clipping']);
  });

  it('do not flap around the threshold', () => {
    look(5, { snrDb: 19 });
    for (let i = 0; i < 100; i++) look(1, { snrDb: i % 2 === 0 ? 21 : 19.5 });
    expect(story()).toEqual(['quality.degraded noise']);
    look(20, { snrDb: 23 });
    expect(story()).toEqual(['quality.degraded noise', 'quality.recovered noise']);
  });

  it('neither worsen nor recover while the figure cannot be had', () => {
    look(2, { snrDb: 5 });
    look(300, { snrDb: null });
    expect(told).toEqual([]);
    look(1, { snrDb: 5 });
    look(300, { snrDb: null });
    expect(story()).toEqual(['quality.degraded noise']);
  });

  it('leave out a kind that is turned off', () => {
    desk = new AlertDesk('caller', { ...DEFAULT_THRESHOLDS, noise: null }, events);
    look(60, { snrDb: 3 });
    expect(told).toEqual([]);
  });
});
