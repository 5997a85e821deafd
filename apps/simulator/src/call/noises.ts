import { seededRandom } from './seeded-random.js';

/** `fan`: a low rush with the blades' tone in it. */
export type NoiseKind = 'white' | 'pink' | 'fan';

export const NOISE_KINDS: readonly NoiseKind[] = ['white', 'pink', 'fan'];

/** A sine with harmonics. THD is the harmonics' RMS against that of the fundamental. */
export interface ToneFault {
  readonly hz: number;
  /** 0 unless given. The second and third harmonic carry half its power each. */
  readonly thdPercent?: number;
  /** Of the fundamental; -16 unless given. */
  readonly levelDbov?: number;
}

const LOOP_MS = 4000;
const loops = new Map<string, Float32Array>();

/** Four seconds of noise whose RMS is exactly 1; made once for all callers that need the same. */
export function noiseLoop(kind: NoiseKind, sampleRate: number, seed: number): Float32Array {
  const key = `${kind} ${sampleRate} ${seed}`;
  let loop = loops.get(key);
  if (loop === undefined) {
    loop = normalised(makeNoise(kind, sampleRate, seed));
    loops.set(key, loop);
  }
  return loop;
}

function makeNoise(kind: NoiseKind, sampleRate: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const loop = new Float32Array((sampleRate * LOOP_MS) / 1000);
  const source = kind === 'pink' ? pink(random) : kind === 'fan' ? fan(random, sampleRate) : white(random);
  for (let i = 0; i < loop.length; i++) loop[i] = source(i);
  return loop;
}

/** Gaussian, by the sum of four uniform numbers, which is near enough. */
function white(random: () => number): () => number {
  return () => random() + random() + random() + random() - 2;
}

/** White noise through three poles and three zeros that fall by 3 dB an octave (Kellet's economy filter). */
function pink(random: () => number): () => number {
  const next = white(random);
  let a = 0;
  let b = 0;
  let c = 0;
  return () => {
    const sample = next();
    a = 0.99765 * a + sample * 0.099046;
    b = 0.963 * b + sample * 0.2965164;
    c = 0.57 * c + sample * 1.0526913;
    return a + b + c + sample * 0.1848;
  };
}

/** A rush below 300 Hz, by two poles, and the tone of blades that pass 120 times a second. */
function fan(random: () => number, sampleRate: number): (index: number) => number {
  const next = white(random);
  const pole = Math.exp((-2 * Math.PI * 300) / sampleRate);
  let first = 0;
  let second = 0;
  return (index) => {
    first = pole * first + (1 - pole) * next();
    second = pole * second + (1 - pole) * first;
    return second + 0.02 * Math.sin((2 * Math.PI * 120 * index) / sampleRate);
  };
}

function normalised(loop: Float32Array): Float32Array {
  const rms = Math.sqrt(loop.reduce((sum, sample) => sum + sample * sample, 0) / loop.length);
  return loop.map((sample) => sample / rms);
}

/** Adds a sine to `frame`, whose first sample is number `first` of the line. */
export function humAt(rms: number, hz: number, sampleRate: number, first: number, frame: Float32Array): void {
  const step = (2 * Math.PI * hz) / sampleRate;
  for (let i = 0; i < frame.length; i++) frame[i]! += rms * Math.SQRT2 * Math.sin(step * (first + i));
}

/** Fills `frame`, whose first sample is number `first` of the line, with the tone. */
export function toneAt(tone: ToneFault, sampleRate: number, first: number, frame: Float32Array): void {
  const { hz, thdPercent = 0, levelDbov = -16 } = tone;
  const step = (2 * Math.PI * hz) / sampleRate;
  const amplitude = 32768 * Math.SQRT2 * 10 ** (levelDbov / 20);
  const harmonic = (amplitude * thdPercent) / 100 / Math.SQRT2;
  for (let i = 0; i < frame.length; i++) {
    const phase = step * (first + i);
    frame[i] = amplitude * Math.sin(phase) + harmonic * (Math.sin(2 * phase) + Math.sin(3 * phase));
  }
}
