import { between, random } from './random.js';
import { amplitude, type Signal } from './signal.js';

/** A tone with harmonics whose power together is `thdPercent` of the fundamental's amplitude; at a level of its own. */
export function harmonicTone(options: {
  readonly frequencyHz: number;
  readonly thdPercent: number;
  readonly seconds: number;
  readonly sampleRate: number;
  /** Level of the fundamental. */
  readonly levelDbov: number;
  readonly harmonics: readonly number[];
}): Signal {
  const { frequencyHz, thdPercent, seconds, sampleRate, levelDbov, harmonics } = options;
  const peak = Math.SQRT2 * amplitude(levelDbov);
  const each = (peak * thdPercent) / 100 / Math.sqrt(harmonics.length);
  return Float64Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    const phase = (2 * Math.PI * frequencyHz * i) / sampleRate;
    let value = peak * Math.sin(phase);
    for (const n of harmonics) value += each * Math.sin(n * phase + n);
    return value;
  });
}

const DTMF_ROWS = [697, 770, 852, 941];
const DTMF_COLUMNS = [1209, 1336, 1477, 1633];

/** Keys of 100 ms with pauses as long (ITU-T Q.23). */
export function dtmf(seconds: number, sampleRate: number, seed: number): Signal {
  const next = random(seed);
  const key = sampleRate / 10;
  let row = 0;
  let column = 0;
  return Float64Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    if (i % (2 * key) === 0) {
      row = DTMF_ROWS[Math.floor(next() * 4)]!;
      column = DTMF_COLUMNS[Math.floor(next() * 4)]!;
    }
    if (i % (2 * key) >= key) return 0;
    const turn = (2 * Math.PI * i) / sampleRate;
    return 0.15 * (Math.sin(row * turn) + Math.sin(column * turn));
  });
}

/** Notes of a pentatonic scale with overtones, a bass under them, struck and fading; never one steady tone. */
export function music(seconds: number, sampleRate: number, seed: number): Signal {
  const next = random(seed);
  const signal = new Float64Array(Math.round(seconds * sampleRate));
  const steps = [0, 2, 4, 7, 9, 12, 14, 16];
  for (let atS = 0; atS < seconds; atS += between(next, 0.14, 0.42)) {
    const pitch = 220 * 2 ** (steps[Math.floor(next() * steps.length)]! / 12);
    strike(signal, sampleRate, atS, pitch, 0.12);
    if (next() < 0.4) strike(signal, sampleRate, atS, pitch / 2, 0.1);
    if (next() < 0.3) strike(signal, sampleRate, atS, pitch * 1.5, 0.07);
  }
  return signal;
}

function strike(signal: Signal, sampleRate: number, atS: number, pitchHz: number, peak: number): void {
  const from = Math.round(atS * sampleRate);
  const length = Math.min(signal.length - from, Math.round(1.2 * sampleRate));
  for (let i = 0; i < length; i++) {
    const t = i / sampleRate;
    const envelope = peak * Math.min(1, t / 0.008) * Math.exp(-3.5 * t);
    const phase = 2 * Math.PI * pitchHz * t;
    let value = 0;
    for (let n = 1; n <= 5 && n * pitchHz < sampleRate * 0.45; n++) value += Math.sin(n * phase) / (n * n);
    signal[from + i] = signal[from + i]! + envelope * value;
  }
}
