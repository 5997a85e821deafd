import { tone } from '#libs/audio';

const bySampleRate = new Map<number, Int16Array>();

/** Two soft notes that say "please hold on"; made once a sample rate. */
export function waitingTone(sampleRate: number): Int16Array {
  let samples = bySampleRate.get(sampleRate);
  if (samples === undefined) {
    const first = tone({ sampleRate, frequencyHz: 440, durationMs: 180, levelDbov: -26 });
    const second = tone({ sampleRate, frequencyHz: 554, durationMs: 220, levelDbov: -26 });
    samples = new Int16Array(first.length + second.length);
    samples.set(first);
    samples.set(second, first.length);
    bySampleRate.set(sampleRate, samples);
  }
  return samples;
}
