// Designs the resampler's low-pass filters and writes them to ../src/resampler/coefficients.ts. Run it by hand after a
// change; the result is checked in. Each filter is optimal for its bands in the Chebyshev sense (Lawson's reweighted
// least squares), then rounded to integers and improved by descent, so that the figures hold for the arithmetic used.
import { writeFileSync } from 'node:fs';

/** Fixed-point position of the coefficients: a filter with `ratio` phases sums to ratio * 2 ** FRACTION_BITS. */
const FRACTION_BITS = 14;
const GRID_PER_TAP = 16;

/**
 * `ratio`: common rate over the lower one. `tapsPerSample`: length in samples of the lower rate. Bands in Hz.
 * `stopWeight`: how much more an error in the stop band weighs than one in the pass band.
 */
const FILTERS = [
  { name: 'NARROW_BY_2', lowRate: 8000, ratio: 2, tapsPerSample: 28, pass: 3400, stop: 4600, stopWeight: 14 },
  { name: 'NARROW_BY_3', lowRate: 8000, ratio: 3, tapsPerSample: 28, pass: 3400, stop: 4600, stopWeight: 14 },
  { name: 'NARROW_BY_6', lowRate: 8000, ratio: 6, tapsPerSample: 28, pass: 3400, stop: 4600, stopWeight: 14 },
  {
    name: 'WIDE_BY_2',
    lowRate: 24000,
    ratio: 2,
    tapsPerSample: 48,
    pass: 11000,
    stop: 13000,
    stopWeight: 28,
  },
  { name: 'WIDE_BY_3', lowRate: 16000, ratio: 3, tapsPerSample: 48, pass: 7300, stop: 8700, stopWeight: 28 },
];

/** Rows of cosines: the amplitude response at one frequency is the row times the first half of a symmetric filter. */
function bandGrid(filter) {
  const half = (filter.tapsPerSample * filter.ratio) / 2;
  const rate = filter.lowRate * filter.ratio;
  const rows = [];
  const points = GRID_PER_TAP * half;
  for (let i = 0; i <= points; i++) {
    const hz = (i / points) * (rate / 2);
    if (hz > filter.pass && hz < filter.stop) continue;
    rows.push(bandRow(filter, half, rate, hz));
  }
  rows.push(bandRow(filter, half, rate, filter.pass), bandRow(filter, half, rate, filter.stop));
  return rows;
}

function bandRow(filter, half, rate, hz) {
  const omega = (2 * Math.PI * hz) / rate;
  const cosines = Float64Array.from({ length: half }, (_, k) => 2 * Math.cos(omega * (half - 0.5 - k)));
  const passes = hz <= filter.pass;
  return { hz, cosines, wanted: passes ? 1 : 0, weight: passes ? 1 : filter.stopWeight };
}

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Solves the symmetric positive definite system a x = b by Cholesky's method. */
function solve(a, b) {
  const n = b.length;
  const l = a.map((row) => Float64Array.from(row));
  const x = Float64Array.from(b);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = l[i][j];
      for (let k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
      l[i][j] = i === j ? Math.sqrt(sum) : sum / l[j][j];
    }
    for (let k = 0; k < j; k++) x[j] -= l[j][k] * x[k];
    x[j] /= l[j][j];
  }
  for (let j = n - 1; j >= 0; j--) {
    for (let k = j + 1; k < n; k++) x[j] -= l[k][j] * x[k];
    x[j] /= l[j][j];
  }
  return x;
}

/** Lawson's algorithm: least squares whose weights follow the error until the error is level. */
function chebyshev(rows) {
  const n = rows[0].cosines.length;
  let trust = rows.map(() => 1 / rows.length);
  let best = null;
  let bestError = Infinity;
  for (let round = 0; round < 300; round++) {
    const a = Array.from({ length: n }, () => new Float64Array(n));
    const b = new Float64Array(n);
    rows.forEach(({ cosines, wanted, weight }, r) => {
      const w = trust[r] * weight * weight;
      for (let i = 0; i < n; i++) {
        const wi = w * cosines[i];
        b[i] += wi * wanted;
        for (let j = 0; j <= i; j++) a[i][j] += wi * cosines[j];
      }
    });
    for (let i = 0; i < n; i++) a[i][i] += 1e-15;
    const taps = solve(a, b);
    const errors = rows.map((row) => Math.abs(dot(row.cosines, taps) - row.wanted) * row.weight);
    const worst = Math.max(...errors);
    if (worst < bestError) {
      bestError = worst;
      best = taps;
    }
    const scaled = trust.map((t, r) => t * (errors[r] / worst + 1e-6));
    const total = scaled.reduce((sum, t) => sum + t, 0);
    trust = scaled.map((t) => t / total);
  }
  return best;
}

function worstError(rows, errors) {
  let worst = 0;
  for (let r = 0; r < rows.length; r++) worst = Math.max(worst, Math.abs(errors[r]) * rows[r].weight);
  return worst;
}

/** Rounds to integers, then takes every step of one or two coefficients that lowers the worst error. */
function quantise(rows, taps, unit) {
  const ints = Array.from(taps, (tap) => Math.round(tap * unit));
  let errors = Float64Array.from(rows, (row) => dot(row.cosines, ints) / unit - row.wanted);
  let worst = worstError(rows, errors);
  const moved = (i, di, j, dj) =>
    Float64Array.from(errors, (e, r) => e + (di * rows[r].cosines[i] + dj * rows[r].cosines[j]) / unit);
  for (let improved = true; improved; ) {
    improved = false;
    for (let i = 0; i < ints.length; i++) {
      for (let j = i; j < ints.length; j++) {
        for (const di of [-1, 1]) {
          for (const dj of i === j ? [0] : [-1, 1]) {
            const next = moved(i, di, j, dj);
            const nextWorst = worstError(rows, next);
            if (nextWorst >= worst) continue;
            ints[i] += di;
            ints[j] += dj;
            errors = next;
            worst = nextWorst;
            improved = true;
          }
        }
      }
    }
  }
  return ints;
}

function figures(filter, rows, half, unit) {
  let low = Infinity;
  let high = 0;
  let stop = 0;
  for (const row of rows) {
    const gain = Math.abs(dot(row.cosines, half) / unit);
    if (row.hz <= filter.pass) {
      low = Math.min(low, gain);
      high = Math.max(high, gain);
    } else stop = Math.max(stop, gain);
  }
  const rippleDb = 20 * Math.log10(high / low);
  return { rippleDb: rippleDb.toFixed(4), stopDb: (20 * Math.log10(stop)).toFixed(1) };
}

let source = `// Written by libs/audio/filters/design-filters.mjs; change it there.

/** The coefficients are integers: a filter with n phases sums to n * 2 ** FRACTION_BITS. */
export const FRACTION_BITS = ${FRACTION_BITS};

/** First halves of symmetric low-pass filters. */
`;
for (const filter of FILTERS) {
  const rows = bandGrid(filter);
  const unit = filter.ratio * 2 ** FRACTION_BITS;
  const ideal = chebyshev(rows);
  const ints = quantise(rows, ideal, unit);
  console.log(
    filter.name,
    'ideal',
    figures(filter, rows, ideal, 1),
    'integer',
    figures(filter, rows, ints, unit),
  );
  const { rippleDb, stopDb } = figures(filter, rows, ints, unit);
  source += `
/** ${filter.ratio * filter.lowRate} Hz: ${filter.tapsPerSample * filter.ratio} taps, ripple ${rippleDb} dB to ${filter.pass} Hz, ${stopDb} dB from ${filter.stop} Hz. */
export const ${filter.name} = [${ints.join(', ')}];
`;
}
if (process.argv.includes('--write'))
  writeFileSync(new URL('../src/resampler/coefficients.ts', import.meta.url), source);
