import type { Speech } from '../call/speech.js';

/** A tone that tests can say without taking long over it. Audible from its first to its last sample. */
export function shortSpeech(durationMs = 200, sampleRate = 8000): Speech {
  const samples = Int16Array.from({ length: (durationMs * sampleRate) / 1000 }, (_, i) =>
    Math.round(12000 * Math.cos((2 * Math.PI * 440 * i) / sampleRate)),
  );
  return { name: `tone of ${durationMs} ms`, samples, sampleRate };
}
