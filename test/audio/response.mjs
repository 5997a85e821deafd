// Measures a resampler by what comes out of it: tones in, 16-bit samples out. Shared by the tests and the benchmark.

const AMPLITUDE = 16000;
/** Every measured frequency has whole periods in this time, so that tones do not leak into one another. */
const WINDOW_MS = 100;
const SETTLE_MS = 10;
const TONES_PER_BAND = 150;

export function bandsOf(fromRate, toRate) {
  const lower = Math.min(fromRate, toRate);
  if (lower === 8000) return { passFrom: 300, passTo: 3400, stopFrom: 4600 };
  if (lower === 16000) return { passFrom: 100, passTo: 7300, stopFrom: 8700 };
  return { passFrom: 100, passTo: 11000, stopFrom: 13000 };
}

/** Both ends, and multiples of 10 Hz between them. */
function tonesBetween(from, to) {
  const step = Math.max(10, Math.floor((to - from) / TONES_PER_BAND / 10) * 10);
  const tones = [to];
  for (let hz = from; hz < to; hz += step) tones.push(hz);
  return tones;
}

function tone(rate, hz) {
  const length = ((WINDOW_MS + 2 * SETTLE_MS) * rate) / 1000;
  return Int16Array.from({ length }, (_, i) =>
    Math.round(AMPLITUDE * Math.sin((2 * Math.PI * hz * i) / rate + 0.4)),
  );
}

/** Amplitude of one frequency, against the tone that went in (Goertzel's algorithm). */
function gainAt(samples, rate, hz) {
  const from = (SETTLE_MS * rate) / 1000;
  const length = (WINDOW_MS * rate) / 1000;
  const turn = (2 * Math.PI * hz) / rate;
  const twice = 2 * Math.cos(turn);
  let last = 0;
  let beforeLast = 0;
  for (let i = 0; i < length; i++) {
    const now = samples[from + i] + twice * last - beforeLast;
    beforeLast = last;
    last = now;
  }
  const magnitude = Math.hypot(last - beforeLast * Math.cos(turn), beforeLast * Math.sin(turn));
  const halves = hz === 0 || hz === rate / 2 ? 1 : 2;
  return (halves * magnitude) / length / AMPLITUDE;
}

function folded(hz, rate) {
  const within = hz % rate;
  return within > rate / 2 ? rate - within : within;
}

/** Where a tone can turn up at the new rate: its mirrors about multiples of the old rate, folded about the new one. */
function productsOf(hz, fromRate, toRate) {
  const products = new Set([folded(hz, toRate)]);
  for (let k = 0; k * fromRate <= 48000; k++) {
    for (const mirror of [k * fromRate - hz, k * fromRate + hz])
      products.add(folded(Math.abs(mirror), toRate));
  }
  return products;
}

const decibels = (gain) => 20 * Math.log10(Math.max(gain, 1e-9));

export function measureResponse(makeResample, fromRate, toRate) {
  const { passFrom, passTo, stopFrom } = bandsOf(fromRate, toRate);
  let lowest = Infinity;
  let highest = 0;
  let worst = 0;
  for (const hz of tonesBetween(passFrom, passTo)) {
    const heard = makeResample()(tone(fromRate, hz));
    for (const product of productsOf(hz, fromRate, toRate)) {
      const gain = gainAt(heard, toRate, product);
      if (product === hz) {
        lowest = Math.min(lowest, gain);
        highest = Math.max(highest, gain);
      } else worst = Math.max(worst, gain);
    }
  }
  for (const hz of stopFrom < fromRate / 2 ? tonesBetween(stopFrom, fromRate / 2 - 10) : []) {
    const heard = makeResample()(tone(fromRate, hz));
    for (const product of productsOf(hz, fromRate, toRate))
      worst = Math.max(worst, gainAt(heard, toRate, product));
  }
  return {
    rippleDb: decibels(highest) - decibels(lowest),
    offsetDb: Math.max(Math.abs(decibels(highest)), Math.abs(decibels(lowest))),
    worstImageDb: decibels(worst),
  };
}
