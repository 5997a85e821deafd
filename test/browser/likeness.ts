import { type ShippedSpeech, shippedSpeech } from '#apps/simulator';

const STEP_MS = 20;

/**
 * How much the loudness of this recording, 20 ms by 20 ms, is that of the sound where they fit best: 1 for the same speech. Other
 * sentences reach 0.6; what browsers do to a microphone's sound, against noise and for an even level, leaves more than 0.8.
 */
export function likeness(sound: Int16Array, sampleRate: number, name: ShippedSpeech): number {
  const recording = shippedSpeech(name);
  const wanted = loudness(recording.samples, recording.sampleRate);
  const all = loudness(sound, sampleRate);
  let best = 0;
  for (let at = 0; at + wanted.length <= all.length; at++)
    best = Math.max(best, correlation(wanted, all.subarray(at, at + wanted.length)));
  return best;
}

/** Roots of levels: loud vowels must not outweigh everything else. */
function loudness(samples: Int16Array, sampleRate: number): Float64Array {
  const step = (STEP_MS * sampleRate) / 1000;
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    let power = 0;
    for (let i = index * step; i < (index + 1) * step; i++) power += samples[i]! ** 2;
    return (power / step) ** 0.25;
  });
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa * bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}
