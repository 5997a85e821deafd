import { describe, expect, it } from '@jest/globals';
import { shippedSpeech } from '#apps/simulator';
import { align } from './alignment.js';

const { samples: sent, sampleRate } = shippedSpeech('agent-greeting');
const joined = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));
const silence = (ms: number) => new Int16Array((ms * sampleRate) / 1000);

/** In the middle of a word. */
const AT = 24_000;

describe('laying what was heard beside what was sent', () => {
  it('finds all of it where it is', () => {
    const { at, same, breaks } = align(sent, joined(silence(130), sent, silence(50)), sampleRate);
    expect([at, same, breaks]).toEqual([3120, sent.length, []]);
  });

  it('finds a hole, and how long it is', () => {
    const heard = joined(sent.subarray(0, AT), silence(12), sent.subarray(AT));
    const { same, breaks } = align(sent, heard, sampleRate);
    expect(breaks).toHaveLength(1);
    expect(breaks[0]!.atMs).toBeCloseTo(1000, 0);
    expect(breaks[0]!.insertedMs).toBeCloseTo(12, 1);
    expect(same).toBeGreaterThan(sent.length - 240);
  });

  it('finds what is missing and what was changed', () => {
    const lost = align(sent, joined(sent.subarray(0, AT), sent.subarray(AT + 480)), sampleRate).breaks;
    expect(lost.map(({ lostMs }) => Math.round(lostMs))).toEqual([20]);
    const changed = Int16Array.from(sent);
    changed[AT]! += 40;
    expect(align(sent, changed, sampleRate)).toMatchObject({
      same: sent.length - 1,
      breaks: [{ insertedMs: 0 }],
    });
    const short = align(sent, sent.subarray(0, AT), sampleRate).breaks;
    expect(short).toMatchObject([{ lostMs: ((sent.length - AT) * 1000) / sampleRate }]);
  });

  it('finds nothing where there is none of it', () => {
    expect(align(sent, shippedSpeech('agent-goodbye').samples, sampleRate)).toMatchObject({
      at: -1,
      same: 0,
    });
  });
});
