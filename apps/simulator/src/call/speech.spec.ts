import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { shortSpeech } from '../testing/short-speech.js';
import { type ShippedSpeech, shippedSpeech, shippedSpeechPath, spokenFrames } from './speech.js';

describe('speech', () => {
  const names = readdirSync(dirname(shippedSpeechPath('caller-hello')))
    .filter((file) => file.endsWith('.wav'))
    .map((file) => file.slice(0, -4) as ShippedSpeech);

  it('is shipped for callers and for the agent', () => {
    expect(names.filter((name) => name.startsWith('caller-')).length).toBeGreaterThanOrEqual(3);
    expect(names.filter((name) => name.startsWith('agent-')).length).toBeGreaterThanOrEqual(3);
  });

  it.each(names)(
    '%s is loud enough, has little silence at its ends and no pause that ends a turn',
    (name) => {
      const { samples, sampleRate } = shippedSpeech(name);
      let quiet = 0;
      let longest = 0;
      let peak = 0;
      for (const sample of samples) {
        quiet = Math.abs(sample) > 300 ? 0 : quiet + 1;
        longest = Math.max(longest, quiet);
        peak = Math.max(peak, Math.abs(sample));
      }
      expect(peak).toBeGreaterThan(20000);
      expect(peak).toBeLessThan(24000);
      expect((longest / sampleRate) * 1000).toBeLessThan(450);
      expect((quiet / sampleRate) * 1000).toBeLessThan(80);
    },
  );

  it('is cut into whole frames, the last one filled up with silence', () => {
    const { frames, firstAudible, lastAudible } = spokenFrames(shortSpeech(50), {
      encoding: 'mulaw',
      sampleRate: 8000,
    });
    expect(frames.map((frame) => frame.bytes.length)).toEqual([160, 160, 160]);
    expect(frames[2]!.bytes.subarray(80).every((code) => code === 0xff)).toBe(true);
    expect([firstAudible, lastAudible]).toEqual([0, 2]);
  });

  it('is encoded once for all callers', () => {
    const speech = shortSpeech(50);
    const format = { encoding: 'pcm16', sampleRate: 16000 } as const;
    expect(spokenFrames(speech, format)).toBe(spokenFrames(speech, { ...format }));
    expect(spokenFrames(speech, format).frames[0]!.bytes).toHaveLength(640);
  });
});
