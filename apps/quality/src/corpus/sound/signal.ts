/**
 * The corpus is made in floating point with full scale at 1, so that what is planted is not rounded before it has to be.
 */
export type Signal = Float64Array;

/** Mean square. */
export function powerOf(signal: Signal): number {
  let sum = 0;
  for (let i = 0; i < signal.length; i++) sum += signal[i]! * signal[i]!;
  return signal.length === 0 ? 0 : sum / signal.length;
}

/** In dBov; -Infinity for silence. */
export function levelOf(signal: Signal): number {
  return 10 * Math.log10(powerOf(signal));
}

export function amplitude(db: number): number {
  return 10 ** (db / 20);
}

export function scaled(signal: Signal, factor: number): Signal {
  const result = new Float64Array(signal.length);
  for (let i = 0; i < signal.length; i++) result[i] = signal[i]! * factor;
  return result;
}

/** Noise, tones and music: the level of everything becomes `dbov`. */
export function atLevel(signal: Signal, dbov: number): Signal {
  return scaled(signal, amplitude(dbov - levelOf(signal)));
}

/** As long as the first. */
export function mixed(first: Signal, ...others: readonly Signal[]): Signal {
  const sum = Float64Array.from(first);
  for (const other of others) {
    const length = Math.min(sum.length, other.length);
    for (let i = 0; i < length; i++) sum[i] = sum[i]! + other[i]!;
  }
  return sum;
}

export function joined(...parts: readonly Signal[]): Signal {
  const whole = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Rounded to 16 bits; saturates. */
export function toSamples(signal: Signal): Int16Array {
  const samples = new Int16Array(signal.length);
  for (let i = 0; i < signal.length; i++)
    samples[i] = Math.max(-32768, Math.min(32767, Math.round(signal[i]! * 32768)));
  return samples;
}

export function fromSamples(samples: Int16Array): Signal {
  return Float64Array.from(samples, (sample) => sample / 32768);
}

/**
 * Everything above `cutoffHz` is removed by a windowed sinc of about 60 dB with a transition of `widthHz`; no delay.
 */
export function lowPassed(signal: Signal, sampleRate: number, cutoffHz: number, widthHz = 200): Signal {
  const reach = Math.ceil((2.75 * sampleRate) / widthHz);
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, tap) => {
    const t = tap - reach;
    const ratio = (2 * cutoffHz) / sampleRate;
    const sinc = t === 0 ? ratio : Math.sin(Math.PI * ratio * t) / (Math.PI * t);
    const x = (Math.PI * t) / reach;
    return sinc * (0.42 + 0.5 * Math.cos(x) + 0.08 * Math.cos(2 * x));
  });
  return Float64Array.from(signal, (_, i) => {
    let sum = 0;
    const last = Math.min(taps.length - 1, i + reach);
    for (let tap = Math.max(0, i + reach - signal.length + 1); tap <= last; tap++)
      sum += taps[tap]! * signal[i + reach - tap]!;
    return sum;
  });
}
