import { describe, expect, it } from '@jest/globals';
import { encodeMulaw } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { shortSpeech } from '../testing/short-speech.js';
import { Ear } from './ear.js';

const MULAW: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };
const tone = (durationMs: number) => encodeMulaw(shortSpeech(durationMs).samples);
const silence = (durationMs: number) => new Uint8Array(durationMs * 8).fill(0xff);

describe('Ear', () => {
  it('tells when an utterance began and ended, to the sample', () => {
    const ear = new Ear(false);
    ear.hear(Buffer.concat([silence(10), tone(20), silence(30)]), MULAW, 1000, 990);
    expect(ear.utterances).toEqual([{ startedMs: 1010, arrivedMs: 990, endedMs: 1030 }]);
    expect(ear.quietMs(1130)).toBeCloseTo(100, 6);
  });

  it('takes a pause for breath as part of the utterance, and a longer one as its end', () => {
    const ear = new Ear(false);
    ear.hear(tone(100), MULAW, 0, 0);
    ear.hear(tone(100), MULAW, 600, 600);
    ear.hear(tone(100), MULAW, 1500, 1500);
    expect(ear.utterances).toHaveLength(2);
    expect(ear.utterances[0]).toMatchObject({ startedMs: 0, endedMs: 700 });
  });

  it('begins a new utterance after a cut, however short the pause', () => {
    const ear = new Ear(false);
    ear.hear(tone(100), MULAW, 0, 0);
    ear.cut();
    ear.hear(tone(100), MULAW, 150, 150);
    expect(ear.utterances).toHaveLength(2);
  });

  it('hears nothing in silence and in the ringing of converters', () => {
    const ear = new Ear(false);
    const ringing = Uint8Array.from(
      encodeMulaw(Int16Array.from({ length: 800 }, (_, i) => (i % 2 ? 200 : -200))),
    );
    ear.hear(silence(100), MULAW, 0, 0);
    ear.hear(ringing, MULAW, 100, 100);
    expect(ear.utterances).toEqual([]);
    expect(ear.levelDbfs).toBeNull();
    expect(ear.quietMs(500)).toBe(Number.POSITIVE_INFINITY);
  });

  it('measures the level of what is audible', () => {
    const ear = new Ear(false);
    ear.hear(tone(100), MULAW, 0, 0);
    ear.hear(silence(1000), MULAW, 100, 100);
    // A sine of amplitude 12,000.
    expect(ear.levelDbfs).toBeCloseTo(20 * Math.log10(12000 / 32768 / Math.SQRT2), 1);
    expect(ear.peakDbfs).toBeCloseTo(20 * Math.log10(12000 / 32768), 0);
  });
});
