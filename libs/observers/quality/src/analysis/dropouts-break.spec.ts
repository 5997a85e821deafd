import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readWav } from '#libs/audio';
import { DropoutMeter } from './dropouts.js';

describe('an utterance that is cut off on purpose', () => {
  const { sampleRate, channels } = readWav(readFileSync('apps/simulator/speech/agent-answer.wav'));
  const speech = channels[0]!;
  /** The loudest 20 ms after two seconds: in the middle of a vowel. */
  const middle = (() => {
    const length = sampleRate / 50;
    let best = 0;
    let bestPower = 0;
    for (let at = 2 * sampleRate; at + length < 4 * sampleRate; at += length) {
      const power = speech.subarray(at, at + length).reduce((sum, sample) => sum + sample * sample, 0);
      if (power > bestPower) [best, bestPower] = [at, power];
    }
    return best;
  })();

  const cutOff = (isTold: boolean): number => {
    const meter = new DropoutMeter(sampleRate);
    let total = 0;
    const push = (samples: Int16Array) => {
      meter.push(samples);
      total += samples.length;
    };
    push(speech.subarray(0, middle));
    if (isTold) meter.breakOff(total);
    push(new Int16Array(sampleRate / 20));
    push(speech.subarray(middle + sampleRate / 10));
    return meter.count;
  };

  it('is no drop-out where that is told, and is one where it is not', () => {
    expect(cutOff(false)).toBe(1);
    expect(cutOff(true)).toBe(0);
  });
});
