import { SpeechDetector } from '#libs/audio';
import type { TurnDetection } from './session-config.js';

/**
 * `semantic_vad` asks a classifier whether the speaker has finished. Here its eagerness is a pause: long enough for a
 * speaker who thinks, short enough for a test.
 */
const PAUSE_MS = { low: 1200, medium: 600, auto: 600, high: 300 } as const;

const SEMANTIC_THRESHOLD = 0.5;
const SEMANTIC_PREFIX_MS = 300;

/** A threshold of 0.5 is this level; each tenth more asks for 4 dB more. */
const LEVEL_AT_HALF_DBOV = -45;
const DB_PER_UNIT = 40;

/** Pure tones speak for callers in tests; the detector may not take them for noise as soon as it would on a line. */
const NOISE_MEMORY_MS = 12_000;

export function prefixMs(detection: TurnDetection): number {
  return detection.type === 'server_vad' ? detection.prefix_padding_ms : SEMANTIC_PREFIX_MS;
}

export function detectorFor(detection: TurnDetection, sampleRate: number): SpeechDetector {
  const server = detection.type === 'server_vad';
  const threshold = server ? detection.threshold : SEMANTIC_THRESHOLD;
  return new SpeechDetector({
    sampleRate,
    silenceMs: server ? detection.silence_duration_ms : PAUSE_MS[detection.eagerness],
    prefixMs: prefixMs(detection),
    minDbov: LEVEL_AT_HALF_DBOV + (threshold - 0.5) * DB_PER_UNIT,
    noiseMemoryMs: NOISE_MEMORY_MS,
  });
}
