/** What a sound is made of, as far as `ToneTest` can tell. */
export type Lines = 'none' | 'low' | 'tones';

/**
 * Samples that far apart are compared: lines of the telephone band are then well apart, and no voice's pitch has this
 * period or its double.
 */
const LAG_MS = 0.625;
/** What two sines leave unexplained, by power: 0.01 % in linear sound, up to 0.25 % in G.711; of speech, 14 % as a rule. */
const UNEXPLAINED = 0.004;
/** The same of one sine. */
const UNEXPLAINED_SINE = 0.001;
/** Keeps a single sine, for which the equations have many solutions, from having none. */
const REGULARISED = 1e-5;
/** Lower lines are hum. */
const LOWEST_TONE_HZ = 190;
/** The mask of sound that does not stand in a ring. */
export const EVERY_PLACE = -1;

/** Mean square (-58 dBov) below which lines are not told from rounding. */
const MIN_POWER = 100;

/**
 * Tells whether sound is one or two steady sines, as all tones of telephony are: dial tone, ringback, busy, keys, fax. Any
 * two sines satisfy x[n + 2k] + x[n - 2k] = a (x[n + k] + x[n - k]) - b x[n]; a and b are fitted, and what remains is what
 * is no line.
 */
export class ToneTest {
  /** Of the last test: a single sine, which satisfies x[n + k] + x[n - k] = c x[n]. */
  isSine = false;
  private readonly lag: number;
  private readonly stride: number;
  /** Power of differences over that of the sound, of a sine of LOWEST_TONE_HZ. */
  private readonly lowestSlope: number;

  /** `centresAMs`: places that are looked at, of each millisecond. Two do for whole hops, short stretches want four. */
  constructor(sampleRate: number, centresAMs = 4) {
    this.lag = Math.max(1, Math.round((sampleRate * LAG_MS) / 1000));
    this.stride = Math.max(1, Math.round(sampleRate / (1000 * centresAMs)));
    this.lowestSlope = 2 - 2 * Math.cos((2 * Math.PI * LOWEST_TONE_HZ) / sampleRate);
  }

  /** Of samples[from] up to but not samples[end], all places taken with `mask`; 8 ms at least. An offset does not matter. */
  linesIn(samples: Int16Array, mask: number, from: number, end: number): Lines {
    const { lag, stride } = this;
    const last = end - 2 * lag;
    let u1 = 0;
    let v1 = 0;
    let x1 = 0;
    let uu = 0;
    let vv = 0;
    let xx = 0;
    let uv = 0;
    let ux = 0;
    let vx = 0;
    let slope = 0;
    let count = 0;
    for (let i = from + 2 * lag; i < last; i += stride) {
      const x = samples[i & mask]!;
      const v = samples[(i - lag) & mask]! + samples[(i + lag) & mask]!;
      const u = samples[(i - 2 * lag) & mask]! + samples[(i + 2 * lag) & mask]!;
      const step = x - samples[(i - 1) & mask]!;
      u1 += u;
      v1 += v;
      x1 += x;
      uu += u * u;
      vv += v * v;
      xx += x * x;
      uv += u * v;
      ux += u * x;
      vx += v * x;
      slope += step * step;
      count++;
    }
    this.isSine = false;
    // About the means.
    xx -= (x1 * x1) / count;
    if (xx < MIN_POWER * count) return 'none';
    uu -= (u1 * u1) / count;
    vv -= (v1 * v1) / count;
    uv -= (u1 * v1) / count;
    ux -= (u1 * x1) / count;
    vx -= (v1 * x1) / count;
    this.isSine = vv - (vx * vx) / xx < UNEXPLAINED_SINE * (vv + xx);
    const total = uu + vv + xx;
    const vvRegular = vv + REGULARISED * total;
    const xxRegular = xx + REGULARISED * total;
    const determinant = vvRegular * xxRegular - vx * vx;
    const a = (uv * xxRegular - ux * vx) / determinant;
    const b = (ux * vvRegular - uv * vx) / determinant;
    if (uu - a * uv - b * ux > UNEXPLAINED * total) return 'none';
    return slope > this.lowestSlope * xx ? 'tones' : 'low';
  }
}
