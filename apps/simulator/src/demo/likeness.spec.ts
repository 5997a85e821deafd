import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '#libs/audio';
import { atRate } from '../call/at-rate.js';
import { shippedSpeech } from '../call/speech.js';
import { findLikeness } from './likeness.js';

const speech = shippedSpeech('caller-hours');
const { samples, sampleRate } = speech;

/** The speech, `delayMs` into four seconds of silence. */
function later(delayMs: number, sound: Int16Array): { samples: Int16Array; sampleRate: number } {
  const all = new Int16Array(4 * sampleRate);
  all.set(sound, Math.round((delayMs * sampleRate) / 1000));
  return { samples: all, sampleRate };
}

describe('findLikeness', () => {
  it('finds speech where it is, whatever its loudness', () => {
    const quiet = samples.map((sample) => sample / 4);
    const found = findLikeness(speech, later(733, quiet), sampleRate, 0, 1500)!;
    expect(found.atMs).toBeCloseTo(733, 0);
    expect(found.share).toBeGreaterThan(0.999);
  });

  it('forgives what a telephone line cannot carry', () => {
    const phoned = atRate(decodeMulaw(encodeMulaw(atRate(samples, sampleRate, 8000))), 8000, sampleRate);
    expect(findLikeness(speech, later(300, phoned), 8000, 0, 1500)!.share).toBeGreaterThan(0.99);
  });

  it.each([
    [
      'a fifth of it is missing',
      (sound: Int16Array) => sound.map((sample, i) => (i % 1600 < 320 ? 0 : sample)),
    ],
    ['samples are lost on the way', (sound: Int16Array) => sound.filter((_, i) => i % 1600 > 160)],
    [
      'it is buried in noise',
      (sound: Int16Array) => sound.map((sample, i) => sample / 4 + 6000 * Math.sin(i * i)),
    ],
    ['it is something else', () => atRate(shippedSpeech('caller-order').samples, 16000, sampleRate)],
    ['nothing came', (sound: Int16Array) => new Int16Array(sound.length)],
  ])('sees that %s', (_what, spoil) => {
    expect(findLikeness(speech, later(300, spoil(samples)), sampleRate, 0, 1500)!.share).toBeLessThan(0.95);
  });

  it.each(['caller-order', 'agent-order'] as const)(
    'finds %s, wherever it is between two steps of loudness',
    (name) => {
      const spoken = shippedSpeech(name);
      for (const delayMs of [241.75, 303.1, 307.4]) {
        const all = new Int16Array(8 * spoken.sampleRate);
        all.set(spoken.samples, Math.round((delayMs * spoken.sampleRate) / 1000));
        const found = findLikeness(spoken, { ...spoken, samples: all }, 8000, 0, 600)!;
        expect(found.share).toBeGreaterThan(0.99);
      }
    },
  );

  it('has nothing to say of silence', () => {
    expect(
      findLikeness({ samples: new Int16Array(8000), sampleRate }, later(0, samples), sampleRate, 0, 100),
    ).toBeNull();
  });
});
