import { between, random } from './random.js';
import { atLevel, mixed, type Signal } from './signal.js';
import { talk } from './voices.js';

export type NoiseName = 'white' | 'pink' | 'fan' | 'traffic' | 'babble';

export const NOISES: readonly NoiseName[] = ['white', 'pink', 'fan', 'traffic', 'babble'];

const BABBLING_VOICES = 16;
const LOWEST_HZ = 50;
/** Longer noise repeats. */
const LONGEST_S = 20;

/** Of a level of 0 dBov, to be scaled. */
export function noise(name: NoiseName, length: number, sampleRate: number, seed: number): Signal {
  const piece = SOURCES[name](Math.min(length, LONGEST_S * sampleRate), sampleRate, seed);
  const signal = atLevel(audible(piece, sampleRate), 0);
  const whole = new Float64Array(length);
  for (let at = 0; at < length; at += signal.length) whole.set(signal.subarray(0, length - at), at);
  return whole;
}

const SOURCES: Readonly<Record<NoiseName, (length: number, sampleRate: number, seed: number) => Signal>> = {
  white,
  pink,
  fan: (length, sampleRate, seed) => {
    const air = atLevel(onePole(white(length, sampleRate, seed), sampleRate, 700), -1);
    const blades = Float64Array.from({ length }, (_, i) => {
      const phase = (2 * Math.PI * 118 * i) / sampleRate;
      return 0.3 * Math.sin(phase) + 0.15 * Math.sin(2 * phase + 1);
    });
    return mixed(air, blades);
  },
  traffic: (length, sampleRate, seed) => {
    const rumble = onePole(pink(length, sampleRate, seed), sampleRate, 400);
    const next = random(seed + 1);
    const phase = 2 * Math.PI * next();
    return rumble.map(
      (value, i) => value * (1 + 0.25 * Math.sin(phase + (2 * Math.PI * 0.3 * i) / sampleRate)),
    );
  },
  babble: (length, sampleRate, seed) =>
    mixed(
      ...(Array.from({ length: BABBLING_VOICES }, (_, voice) =>
        rotated(
          talk({ sampleRate, seconds: length / sampleRate, seed: seed * 31 + voice, pauseMs: [0, 150] }),
          Math.floor(between(random(seed + 100 + voice), 0, length)),
        ),
      ) as [Signal, ...Signal[]]),
    ),
};

function white(length: number, _sampleRate: number, seed: number): Signal {
  const next = random(seed);
  const signal = new Float64Array(length);
  // A sum of three is near enough to a Gaussian.
  for (let i = 0; i < length; i++) signal[i] = next() + next() + next() - 1.5;
  return signal;
}

/** Voss's method with the weights of Paul Kellet's filter: -3 dB an octave within 0.05 dB above 9 Hz at 44.1 kHz. */
function pink(length: number, sampleRate: number, seed: number): Signal {
  const source = white(length, sampleRate, seed);
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const states = poles.map(() => 0);
  let held = 0;
  return source.map((value) => {
    let sum = held + value * 0.5362;
    for (let k = 0; k < poles.length; k++) {
      states[k] = poles[k]! * states[k]! + gains[k]! * value;
      sum += states[k]!;
    }
    held = value * 0.115926;
    return sum;
  });
}

function onePole(signal: Signal, sampleRate: number, cutoffHz: number): Signal {
  const pole = Math.exp((-2 * Math.PI * cutoffHz) / sampleRate);
  let state = 0;
  return signal.map((value) => {
    state = pole * state + (1 - pole) * value;
    return state;
  });
}

/** No microphone and no line carries what is far below hearing, of which pink noise is full. */
function audible(signal: Signal, sampleRate: number): Signal {
  const low = onePole(signal, sampleRate, LOWEST_HZ);
  return signal.map((value, i) => value - low[i]!);
}

function rotated(signal: Signal, by: number): Signal {
  return signal.map((_, i) => signal[(i + by) % signal.length]!);
}
