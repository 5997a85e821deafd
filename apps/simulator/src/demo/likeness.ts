import { atRate } from '../call/at-rate.js';

/** Where one recording is found in another, and how much alike they are there. */
export interface Likeness {
  /** Of the original's first sample in the other recording. */
  readonly atMs: number;
  /** Correlation of the two waveforms, 1 for the same but for loudness. Lost pieces, clicks and noise lower it. */
  readonly share: number;
}

/** Fine enough to align speech to a small part of its highest frequency. */
const RATE = 16_000;
const ENVELOPE_MS = 5;
/** Loudness tells the place of some sentences only to 10 ms: its peak is broad. */
const FINE_MS = 20;
const MOST_PLACES = 4;

interface Found {
  readonly at: number;
  readonly share: number;
}

export interface Sound {
  readonly samples: Int16Array;
  readonly sampleRate: number;
}

/**
 * Looks for `original` in `recording`, beginning `fromMs` ... `untilMs` into it. Both are brought down to `bandRate` first: what a
 * telephone line cannot carry is not missed. Null when there is nothing to compare.
 */
export function findLikeness(
  original: Sound,
  recording: Sound,
  bandRate: number,
  fromMs: number,
  untilMs: number,
): Likeness | null {
  const wanted = comparable(original, bandRate);
  const all = comparable(recording, bandRate);
  const envelope = loudness(wanted);
  if (envelope.every((value) => value === 0)) return null;
  const places = peaks(
    envelope,
    loudness(all),
    Math.floor(fromMs / ENVELOPE_MS),
    Math.ceil(untilMs / ENVELOPE_MS),
  );
  const reach = (FINE_MS * RATE) / 1000;
  const found = places.map((place) => {
    const middle = (place * ENVELOPE_MS * RATE) / 1000;
    return best(wanted, all, Math.max(0, middle - reach), middle + reach);
  });
  const fine = found.reduce((one, other) => (other.share > one.share ? other : one));
  return { atMs: (fine.at * 1000) / RATE, share: fine.share };
}

/** Where the loudness fits best, best first: syllables are alike in it, so that the right place needs not be the very best. */
function peaks(wanted: Float64Array, all: Float64Array, from: number, to: number): readonly number[] {
  const shares = correlations(wanted, all, from, to);
  const isPeak = (share: number, i: number) => share >= (shares[i - 1] ?? 0) && share >= (shares[i + 1] ?? 0);
  return shares
    .map((share, i) => ({ share, at: from + i, peak: isPeak(share, i) }))
    .filter(({ peak }) => peak)
    .sort((one, other) => other.share - one.share)
    .slice(0, MOST_PLACES)
    .map(({ at }) => at);
}

function comparable({ samples, sampleRate }: Sound, bandRate: number): Float64Array {
  const lowered = bandRate < sampleRate ? atRate(samples, sampleRate, bandRate) : samples;
  return Float64Array.from(atRate(lowered, Math.min(bandRate, sampleRate), RATE));
}

/** Root mean square of each 5 ms. */
function loudness(samples: Float64Array): Float64Array {
  const size = (RATE * ENVELOPE_MS) / 1000;
  return Float64Array.from({ length: Math.floor(samples.length / size) }, (_, index) => {
    let power = 0;
    for (let i = index * size; i < (index + 1) * size; i++) power += samples[i]! ** 2;
    return Math.sqrt(power / size);
  });
}

/** The place in `all` where `wanted` correlates best. The peak between two places is estimated by a parabola. */
function best(wanted: Float64Array, all: Float64Array, from: number, to: number): Found {
  const shares = correlations(wanted, all, from, to);
  const highest = shares.indexOf(Math.max(...shares));
  const [before, peak, after] = [shares[highest - 1], shares[highest]!, shares[highest + 1]];
  if (before === undefined || after === undefined) return { at: from + highest, share: peak };
  const bend = before - 2 * peak + after;
  const between = bend === 0 ? 0 : (after - before) ** 2 / (8 * bend);
  return { at: from + highest, share: Math.min(1, peak - between) };
}

function correlations(wanted: Float64Array, all: Float64Array, from: number, to: number): readonly number[] {
  const wantedPower = wanted.reduce((sum, value) => sum + value * value, 0);
  const shares: number[] = [];
  for (let at = from; at <= to; at++) shares.push(correlation(wanted, wantedPower, all, at));
  return shares;
}

function correlation(wanted: Float64Array, wantedPower: number, all: Float64Array, at: number): number {
  const end = Math.min(wanted.length, all.length - at);
  let product = 0;
  let power = 0;
  for (let i = 0; i < end; i++) {
    product += wanted[i]! * all[at + i]!;
    power += all[at + i]! ** 2;
  }
  return power === 0 ? 0 : product / Math.sqrt(power * wantedPower);
}
