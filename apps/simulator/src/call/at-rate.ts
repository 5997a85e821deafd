/** Zero crossings of the windowed sinc on each side. Stop band near -80 dB, which is below what G.711 can carry. */
const CROSSINGS = 24;
/** Share of the lower Nyquist frequency that is kept. */
const ROLL_OFF = 0.92;

/**
 * A whole recording at another sample rate, any to any, without delay. Made for files that are converted once; the
 * simulators do not use the gateway's resampler, so that neither hides the other's faults.
 */
export function atRate(samples: Int16Array, fromRate: number, toRate: number): Int16Array {
  if (fromRate === toRate) return samples;
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const phases = toRate / divisor;
  const step = fromRate / divisor;
  const cutoff = ROLL_OFF * Math.min(1, toRate / fromRate);
  const reach = Math.ceil(CROSSINGS / cutoff);
  const filters = Array.from({ length: phases }, (_, phase) => filterAt(phase / phases, cutoff, reach));
  const result = new Int16Array(Math.floor((samples.length * phases) / step));
  for (let i = 0; i < result.length; i++) {
    const position = i * step;
    const first = Math.floor(position / phases) - reach + 1;
    const filter = filters[position % phases]!;
    let sum = 0;
    for (let tap = Math.max(0, -first); tap < filter.length && first + tap < samples.length; tap++) {
      sum += filter[tap]! * samples[first + tap]!;
    }
    result[i] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return result;
}

/** Taps for the samples at -reach+1 ... reach around a place that lies `fraction` of a sample after sample 0. */
function filterAt(fraction: number, cutoff: number, reach: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach }, (_, tap) => {
    const distance = tap - reach + 1 - fraction;
    return sinc(cutoff * distance) * blackman(distance / reach);
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / gain);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** 1 in the middle, 0 at -1 and 1. */
function blackman(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
