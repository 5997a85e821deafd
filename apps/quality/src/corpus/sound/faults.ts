import { between, random } from './random.js';
import { amplitude, levelOf, type Signal, scaled } from './signal.js';

export const FRAME_MS = 20;

/** Clips one piece of speech in many ways. */
export class Clipper {
  private readonly magnitudes: Float64Array;

  constructor(private readonly speech: Signal) {
    this.magnitudes = speech.map(Math.abs).sort();
  }

  /** Flat at `ceiling`, which so many percent of all samples reach; then all of it `downDb` softer. */
  clip(percent: number, ceiling: number, downDb = 0): Signal {
    const { magnitudes } = this;
    const reached = magnitudes.length - Math.round((magnitudes.length * percent) / 100);
    // Without clipping the highest peak stays 1 dB below the ceiling.
    const gain =
      percent === 0 ? (ceiling * amplitude(-1)) / magnitudes.at(-1)! : ceiling / magnitudes[reached]!;
    const down = amplitude(-downDb);
    return this.speech.map((value) => down * Math.max(-ceiling, Math.min(ceiling, value * gain)));
  }
}

/** Mains hum with its first odd harmonics, of 0 dBov. */
export function hum(length: number, sampleRate: number, mainsHz: number): Signal {
  const signal = Float64Array.from({ length }, (_, i) => {
    const phase = (2 * Math.PI * mainsHz * i) / sampleRate;
    return Math.sin(phase) + 0.3 * Math.sin(2 * phase + 0.5) + 0.2 * Math.sin(3 * phase + 1);
  });
  return scaled(signal, amplitude(-levelOf(signal)));
}

export type TearKind = 'muted' | 'repeated' | 'click';

export interface Tear {
  readonly atMs: number;
  readonly durationMs: number;
}

/** Sound on both sides and within is at least this loud, so that the tear is inside speech. */
const INSIDE_DBOV = -36;
const PROBE_MS = 10;

/** Places for tears: at frames' borders, inside speech, at least a second apart. */
function placesInSpeech(
  signal: Signal,
  sampleRate: number,
  durationMs: number,
  seed: number,
): readonly number[] {
  const next = random(seed);
  const perMs = sampleRate / 1000;
  const lastMs = signal.length / perMs - durationMs - 200;
  const places: number[] = [];
  for (let atMs = 500; atMs < lastMs; atMs += FRAME_MS) {
    let inside = true;
    for (
      let probeMs = atMs - 2 * PROBE_MS;
      inside && probeMs < atMs + durationMs + 2 * PROBE_MS;
      probeMs += PROBE_MS
    ) {
      inside = levelOf(signal.subarray(probeMs * perMs, (probeMs + PROBE_MS) * perMs)) > INSIDE_DBOV;
    }
    if (!inside) continue;
    places.push(atMs);
    atMs += FRAME_MS * Math.round(between(next, 1000, 1800) / FRAME_MS);
  }
  return places;
}

/** The sound with tears of one kind planted wherever there is a place for one. */
export function torn(
  signal: Signal,
  sampleRate: number,
  kind: TearKind,
  durationMs: number,
  seed: number,
): { readonly signal: Signal; readonly tears: readonly Tear[] } {
  const perMs = sampleRate / 1000;
  const result = Float64Array.from(signal);
  const frame = FRAME_MS * perMs;
  const tears = placesInSpeech(signal, sampleRate, durationMs, seed).map((atMs) => {
    const from = atMs * perMs;
    if (kind === 'muted') result.fill(0, from, from + durationMs * perMs);
    if (kind === 'repeated')
      for (let i = 0; i < durationMs * perMs; i++) result[from + i] = signal[from - frame + (i % frame)]!;
    if (kind === 'click') click(result, from, frame);
    return { atMs, durationMs };
  });
  return { signal: result, tears };
}

/** As if the first sample of a frame were a stray byte: one sample that stands out threefold over the frames around it. */
function click(signal: Signal, at: number, frame: number): void {
  let peak = 0;
  for (let i = at - frame; i < at + frame; i++) peak = Math.max(peak, Math.abs(signal[i]!));
  signal[at] = Math.min(0.99, 3 * peak) * (signal[at - 1]! > 0 ? -1 : 1);
}
