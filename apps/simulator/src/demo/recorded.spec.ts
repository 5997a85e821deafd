import { expect, it } from '@jest/globals';
import { bytesFromSamples, writeWav } from '#libs/audio';
import { shippedSpeech } from '../call/speech.js';
import { compareTrack, readRecording } from './recorded.js';

const RATE = 16_000;
const said = (['caller-hours', 'caller-bye'] as const).map(shippedSpeech);

/** Both sentences, each so many milliseconds into ten seconds. */
function track(...atMs: number[]) {
  const samples = new Int16Array(10 * RATE);
  for (const [index, speech] of said.entries()) samples.set(speech.samples, (atMs[index]! * RATE) / 1000);
  return { samples, sampleRate: RATE };
}

it('tells how far each sentence stands in the recording from where it was said', () => {
  const { leastShare, shiftsMs } = compareTrack(said, track(500, 5000), track(300, 4850), RATE);
  expect(leastShare).toBeGreaterThan(0.99);
  expect([...new Set(shiftsMs.map(Math.round))]).toEqual([-200, -150]);
});

it('sees that half a second of one sentence is missing', () => {
  const recorded = track(300, 4800);
  recorded.samples.fill(0, 5.3 * RATE, 5.8 * RATE);
  expect(compareTrack(said, track(500, 5000), recorded, RATE).leastShare).toBeLessThan(0.3);
});

it('finds nothing alike where nothing was said', () => {
  expect(compareTrack([], track(500, 5000), track(300, 4800), RATE).meanShare).toBe(0);
});

it('reads the caller on the left and the agent on the right, and nothing of one channel', () => {
  const wav = (channels: number) =>
    writeWav({ encoding: 'pcm16', sampleRate: 8000 }, channels, bytesFromSamples(Int16Array.of(1, 2, 3, 4)));
  expect(readRecording(wav(2))).toMatchObject({
    left: { samples: Int16Array.of(1, 3) },
    right: { samples: Int16Array.of(2, 4) },
  });
  expect(() => readRecording(wav(1))).toThrow('two channels');
});
