import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '#libs/audio';
import { type ShippedSpeech, shippedSpeech } from '../call/speech.js';
import { simulatorFile } from '../simulator-file.js';
import { recognised, SHIPPED_WORDS } from './shipped-words.js';
import { MULAW, quiet, recorded } from './testing/caller-voice.js';

const names = Object.keys(SHIPPED_WORDS) as ShippedSpeech[];

describe('the shipped words', () => {
  it('are those of the table beside the recordings', () => {
    const table = readFileSync(simulatorFile('speech', 'README.md'), 'utf8');
    for (const name of names)
      expect(table).toMatch(new RegExp(`${name}\\.wav.*${SHIPPED_WORDS[name].slice(0, 30)}`));
  });

  it.each(names)(
    'of %s are recognised through a telephone line, softer, later and with silence around',
    (name) => {
      const line = decodeMulaw(encodeMulaw(recorded(name, MULAW).map((sample) => sample / 3)));
      const turn = Int16Array.from([...quiet(350, MULAW), ...line, ...quiet(700, MULAW)]);
      expect(recognised(turn, 8000)).toBe(SHIPPED_WORDS[name]);
    },
  );

  it('are not found in half of a recording, in two of them or in silence', () => {
    const { samples, sampleRate } = shippedSpeech('caller-order');
    expect(recognised(samples.subarray(0, samples.length / 2), sampleRate)).toBeNull();
    expect(recognised(Int16Array.from([...samples, ...samples]), sampleRate)).toBeNull();
    expect(recognised(new Int16Array(32_000), 16_000)).toBeNull();
  });
});
