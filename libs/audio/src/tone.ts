import { sineAmplitude } from './level.js';

export interface ToneOptions {
  readonly frequencyHz: number;
  readonly durationMs: number;
  readonly sampleRate: number;
  /** Default -20. */
  readonly levelDbov?: number;
  /** Length of each of the two fades, so that the tone does not click. Default 10. */
  readonly fadeMs?: number;
}

/** A sine with raised-cosine fades at both ends. */
export function tone(options: ToneOptions): Int16Array {
  const { frequencyHz, durationMs, sampleRate, levelDbov = -20, fadeMs = 10 } = options;
  const samples = new Int16Array(Math.round((durationMs * sampleRate) / 1000));
  const amplitude = Math.min(32767, sineAmplitude(levelDbov));
  const fade = Math.min((fadeMs * sampleRate) / 1000, samples.length / 2);
  for (let i = 0; i < samples.length; i++) {
    const fromEdge = Math.min(i, samples.length - 1 - i);
    const envelope = fromEdge < fade ? 0.5 - 0.5 * Math.cos((Math.PI * fromEdge) / fade) : 1;
    samples[i] = Math.round(amplitude * envelope * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRate));
  }
  return samples;
}
