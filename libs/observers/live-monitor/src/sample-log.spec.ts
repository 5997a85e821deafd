import type { QualitySample } from '#libs/contracts';
import { SampleLog } from './sample-log.js';

const second = (score: number) =>
  ({ levelDbov: -20, snrDb: null, clippingPercent: 0, arrival: null, score }) as QualitySample;

describe('SampleLog', () => {
  it.each([1, 16, 17, 99, 100, 101, 250])('keeps the newest hundred of %d, oldest first', (count) => {
    const log = new SampleLog('caller', 100);
    for (let i = 0; i < count; i++) log.add(1000 * i, second(i % 90));
    const first = Math.max(0, count - 100);
    const kept = Array.from({ length: count - first }, (_, i) => first + i);
    expect(log.samples.map(({ atMs, score }) => [atMs, score])).toEqual(kept.map((i) => [1000 * i, i % 90]));
    expect(log.samples[0]).toMatchObject({ levelDbov: -20, snrDb: null, jitterMs: null });
  });

  it('has none before the first', () => {
    expect(new SampleLog('agent', 10).samples).toEqual([]);
  });
});
