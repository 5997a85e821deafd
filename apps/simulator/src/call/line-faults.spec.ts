import { describe, expect, it } from '@jest/globals';
import { frameFromBytes } from '#libs/audio';
import { FaultyLine, type LineFaults, type Slot } from './line-faults.js';

const frame = frameFromBytes('caller', { encoding: 'mulaw', sampleRate: 8000 }, 0, new Uint8Array(160));

function passed(
  faults: LineFaults,
  slots: readonly Slot[],
): { readonly sent: number[]; readonly line: FaultyLine; readonly at: number[] } {
  const line = new FaultyLine(faults);
  const sent: number[] = [];
  const at: number[] = [];
  for (const slot of slots) {
    line.pass(slot, ({ index }) => {
      sent.push(index);
      at.push(slot.index);
    });
  }
  return { sent, line, at };
}

const talk = (count: number): Slot[] => Array.from({ length: count }, (_, index) => ({ index, frame }));

describe('FaultyLine', () => {
  it('passes everything when nothing is wrong', () => {
    expect(passed({}, talk(50)).sent).toHaveLength(50);
  });

  it('loses the share of frames that it was told to, the same ones every time', () => {
    const { sent, line } = passed({ lossPercent: 20 }, talk(2000));
    expect(line.lostFrames).toBe(2000 - sent.length);
    expect(line.lostFrames).toBeGreaterThan(300);
    expect(line.lostFrames).toBeLessThan(500);
    expect(passed({ lossPercent: 20 }, talk(2000)).sent).toEqual(sent);
    expect(passed({ lossPercent: 20, seed: 2 }, talk(2000)).sent).not.toEqual(sent);
  });

  it('delays frames in bunches and keeps their order', () => {
    const { sent, at } = passed({ jitterMs: 100 }, talk(500));
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
    expect(sent.length).toBeGreaterThanOrEqual(494);
    expect(sent.every((index, i) => at[i]! >= index && at[i]! - index <= 6)).toBe(true);
    expect(new Set(at).size).toBeLessThan(sent.length);
  });

  it('sends nothing while the caller is silent on a DTX line', () => {
    const slots = talk(10).map((slot) => (slot.index % 2 === 0 ? slot : { ...slot, frame: null }));
    expect(passed({ dtx: true }, slots).sent).toEqual([0, 2, 4, 6, 8]);
  });

  it('sends nothing at all during a gap', () => {
    expect(passed({ gaps: [{ atMs: 40, durationMs: 60 }] }, talk(8)).sent).toEqual([0, 1, 5, 6, 7]);
  });
});
