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

  it('holds up each so many frames for so long, and those behind it', () => {
    const { sent, at } = passed({ late: { everyFrames: 50, byMs: 100 } }, talk(105));
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
    const delays = sent.map((index, i) => (at[i]! - index) * 20);
    expect(delays.slice(0, 49).every((delayMs) => delayMs === 0)).toBe(true);
    expect(delays.slice(49, 56)).toEqual([100, 80, 60, 40, 20, 0, 0]);
    expect(delays.slice(99)).toEqual([100, 80, 60, 40, 20, 0]);
  });

  it('lets the share of frames be overtaken by the next that it was told to, the same ones every time', () => {
    const { sent } = passed({ reorderPercent: 10 }, talk(2000));
    const overtaken = sent.filter((index, i) => i > 0 && index < sent[i - 1]!);
    expect(overtaken.length).toBeGreaterThan(120);
    expect(overtaken.length).toBeLessThan(240);
    expect(overtaken.every((index) => sent[sent.indexOf(index) - 1] === index + 1)).toBe(true);
    expect([...sent].sort((a, b) => a - b).slice(0, 1999)).toEqual(Array.from({ length: 1999 }, (_, i) => i));
    expect(passed({ reorderPercent: 10 }, talk(2000)).sent).toEqual(sent);
  });

  it('sends nothing on a DTX line while the caller says nothing, though the line is noisy', () => {
    const slots = talk(4).map((slot) => ({ ...slot, isPause: slot.index < 2 }));
    expect(passed({ dtx: true }, slots).sent).toEqual([2, 3]);
  });

  it('sends nothing while the caller is silent on a DTX line', () => {
    const slots = talk(10).map((slot) => (slot.index % 2 === 0 ? slot : { ...slot, frame: null }));
    expect(passed({ dtx: true }, slots).sent).toEqual([0, 2, 4, 6, 8]);
  });

  it('sends nothing at all during a gap', () => {
    expect(passed({ gaps: [{ atMs: 40, durationMs: 60 }] }, talk(8)).sent).toEqual([0, 1, 5, 6, 7]);
  });
});
