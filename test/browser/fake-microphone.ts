import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ShippedSpeech, shippedSpeech } from '#apps/simulator';
import { bytesFromSamples, Resampler, writeWav } from '#libs/audio';

/** As microphones of computers have it; browsers convert from it best. */
const RATE = 48_000;

/** A WAV file for a microphone: recordings by name, and silence in milliseconds. Returns its path. */
export function microphoneWav(...parts: readonly (ShippedSpeech | number)[]): string {
  const pieces = parts.map((part) => {
    if (typeof part === 'number') return new Int16Array(Math.round((part * RATE) / 1000));
    const { samples, sampleRate } = shippedSpeech(part);
    return new Resampler(sampleRate, RATE).resample(samples);
  });
  const whole = Int16Array.from(pieces.flatMap((piece) => [...piece]));
  const path = join(mkdtempSync(join(tmpdir(), 'patchbay-microphone-')), 'microphone.wav');
  writeFileSync(path, writeWav({ encoding: 'pcm16', sampleRate: RATE }, 1, bytesFromSamples(whole)));
  return path;
}
