import type { AudioFormat } from '#libs/contracts';
import { caseName, type Row, Tally, Worst } from '../row.js';
import { Clipper } from '../sound/faults.js';
import { LINES, through } from '../sound/line.js';
import { talk } from '../sound/voices.js';

const SHARES = [0, 0.1, 0.5, 1, 2, 3, 5];

interface Kind {
  readonly name: string;
  /** Of full scale. */
  readonly ceiling: number;
  readonly downDb: number;
  readonly on: (line: AudioFormat) => boolean;
}

const everywhere = () => true;

const KINDS: readonly Kind[] = [
  { name: 'full scale', ceiling: 32767 / 32768, downDb: 0, on: everywhere },
  // 32,635 is the largest magnitude that μ-law tells from others; it decodes to 32,124.
  { name: 'μ-law ceiling', ceiling: 32635 / 32768, downDb: 0, on: ({ encoding }) => encoding === 'mulaw' },
  {
    name: 'μ-law ceiling, decoded',
    ceiling: 32124 / 32768,
    downDb: 0,
    on: ({ encoding }) => encoding === 'pcm16',
  },
  { name: 'turned down 3 dB', ceiling: 32767 / 32768, downDb: 3, on: everywhere },
  { name: 'turned down 10 dB', ceiling: 32767 / 32768, downDb: 10, on: everywhere },
  { name: 'turned down 20 dB', ceiling: 32767 / 32768, downDb: 20, on: everywhere },
];

export const clippingRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  for (const [l, line] of LINES.entries()) {
    for (const only of ['recorded', 'synthetic'] as const) {
      const clipper = new Clipper(talk({ sampleRate: line.sampleRate, seconds: 10, seed: 300 + l, only }));
      for (const kind of KINDS.filter(({ on }) => on(line))) {
        for (const percent of SHARES) {
          const label = caseName(line, `${only}, clipped ${percent} %, ${kind.name}`);
          const signal = clipper.clip(percent, kind.ceiling, kind.downDb);
          const truth = percent === 0 ? 0 : percentAtPeak(through(line, signal));
          worst.add(tally.near(label, bench.measure(label, line, signal).call.clippingPercent, truth, 0.1));
        }
      }
    }
  }
  return tally.result(
    'clipping',
    '± 0.1 percentage points from 0 to 5 %, full scale, μ-law ceiling, turned down',
    worst.text('points'),
  );
};

/**
 * What is planted, as it leaves the line. In μ-law everything in the ceiling's own step comes out as the ceiling, which is
 * up to 3 % below: what nearly reached it is as flat as what went over.
 */
function percentAtPeak(samples: Int16Array): number {
  let peak = 0;
  let count = 0;
  for (const sample of samples) {
    const magnitude = Math.abs(sample);
    if (magnitude > peak) {
      peak = magnitude;
      count = 0;
    }
    if (magnitude === peak) count++;
  }
  return (100 * count) / samples.length;
}
