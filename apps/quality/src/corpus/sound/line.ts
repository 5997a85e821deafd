import { decodeMulaw, encodeMulaw } from '#libs/audio';
import type { AudioFormat } from '#libs/contracts';
import { type Signal, toSamples } from './signal.js';

/** The lines that every figure is measured on. */
export const LINES: readonly AudioFormat[] = [8000, 16000, 24000].flatMap((sampleRate) => [
  { encoding: 'pcm16' as const, sampleRate },
  { encoding: 'mulaw' as const, sampleRate },
]);

/** The telephone's own. */
export const TELEPHONE: AudioFormat = { encoding: 'mulaw', sampleRate: 8000 };

/** What comes out at the far end of a line. */
export function through(line: AudioFormat, signal: Signal): Int16Array {
  const samples = toSamples(signal);
  return line.encoding === 'mulaw' ? decodeMulaw(encodeMulaw(samples)) : samples;
}
