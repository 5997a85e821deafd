import { caseName, type Row, Tally } from '../row.js';
import { FRAME_MS, type TearKind, torn } from '../sound/faults.js';
import { LINES } from '../sound/line.js';
import { noise } from '../sound/noises.js';
import { amplitude, mixed, scaled } from '../sound/signal.js';
import { talk } from '../sound/voices.js';

const SECONDS = 30;
const KINDS: readonly { readonly kind: TearKind; readonly lengthsMs: readonly number[] }[] = [
  { kind: 'muted', lengthsMs: [20, 30, 40, 60, 100, 200] },
  { kind: 'repeated', lengthsMs: [20, 40, 60, 100] },
  { kind: 'click', lengthsMs: [0] },
];

/** Every tear that was planted overlaps one that was found, give or take one frame. */
export const dropoutRow: Row = (bench) => {
  const tally = new Tally();
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    const speech = talk({ sampleRate, seconds: SECONDS, seed: 80 + l, pauseMs: [300, 800] });
    const around = scaled(noise('pink', speech.length, sampleRate, 81 + l), amplitude(-65));
    for (const { kind, lengthsMs } of KINDS) {
      for (const durationMs of lengthsMs) {
        const { signal, tears } = torn(mixed(speech, around), sampleRate, kind, durationMs, 82);
        const label = caseName(line, kind, `${durationMs} ms`);
        const { dropouts } = bench.measure(label, line, signal);
        for (const tear of tears) {
          const found = dropouts.some(
            ({ atMs, durationMs: foundMs }) =>
              atMs <= tear.atMs + tear.durationMs + FRAME_MS && atMs + foundMs >= tear.atMs - FRAME_MS,
          );
          tally.holds(`${label} at ${tear.atMs} ms`, found, 'found', 'not found');
        }
      }
    }
  }
  return tally.result(
    'drop-outs',
    'every planted one of 20 ms or more found',
    `${tally.cases - tally.misses.length} of ${tally.cases} found`,
  );
};

const MINUTES_A_LINE = 10;

/** Voices of machines come without any noise too. */
const SPEECH = [
  { only: 'recorded' as const, noisesDbov: [-70, -50] },
  { only: 'synthetic' as const, noisesDbov: [Number.NEGATIVE_INFINITY, -55] },
];

/** Good speech, clean and in some noise. */
export const falseDropoutRow: Row = (bench) => {
  const tally = new Tally();
  let total = 0;
  let worst = 0;
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    for (const { only, noisesDbov } of SPEECH) {
      for (const noiseDbov of noisesDbov) {
        const speech = talk({
          sampleRate,
          seconds: (MINUTES_A_LINE / 4) * 60,
          seed: 90 + l,
          only,
          swingDb: 4,
          pauseMs: [200, 900],
        });
        const label = caseName(line, `good ${only} speech, noise at ${noiseDbov} dBov`);
        const around = scaled(noise('pink', speech.length, sampleRate, 91), amplitude(noiseDbov));
        const { call } = bench.measure(label, line, mixed(speech, around));
        const count = call.dropouts ?? Number.POSITIVE_INFINITY;
        total += count;
        worst = Math.max(worst, count);
        // A stretch is a quarter of ten minutes: one false drop-out in it is as much as ten minutes may have.
        tally.holds(label, count <= 1, 'at most 1', String(count));
      }
    }
  }
  const minutes = LINES.length * MINUTES_A_LINE;
  tally.holds('all good speech', total <= minutes / 10, `at most ${minutes / 10}`, String(total));
  return tally.result(
    'false drop-outs',
    'at most one per ten minutes of good speech',
    `${total} in ${minutes} minutes`,
  );
};
