import { caseName, type Row, Tally, Worst } from '../row.js';
import { LINES } from '../sound/line.js';
import { NOISES, noise } from '../sound/noises.js';
import { atLevel } from '../sound/signal.js';
import { dtmf, harmonicTone, music } from '../sound/tones.js';
import { talk, voices } from '../sound/voices.js';

const DISTORTIONS = [0.5, 1, 2, 3, 5, 10];
/** Test tones are no divisors of the sample rates (ITU-T O.132 asks for 1,004 to 1,025 Hz). */
const TONES: readonly { readonly frequencyHz: number; readonly harmonics: readonly number[] }[] = [
  { frequencyHz: 404, harmonics: [2, 3, 4, 5] },
  { frequencyHz: 620, harmonics: [3] },
  { frequencyHz: 1020, harmonics: [2, 3] },
];
const LEVELS = [-10, -20, -30];

export const thdRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  for (const line of LINES) {
    for (const { frequencyHz, harmonics } of TONES) {
      for (const levelDbov of LEVELS) {
        for (const thdPercent of DISTORTIONS) {
          const label = caseName(line, `${frequencyHz} Hz at ${levelDbov} dBov, THD ${thdPercent} %`);
          const signal = harmonicTone({
            frequencyHz,
            harmonics,
            levelDbov,
            thdPercent,
            seconds: 3,
            sampleRate: line.sampleRate,
          });
          worst.add(tally.near(label, bench.measure(label, line, signal).call.thdPercent, thdPercent, 0.5));
        }
      }
    }
  }
  return tally.result('THD', '± 0.5 percentage points from 0.5 to 10 %', worst.text('points'));
};

/** Neither of the whole nor of any second. */
export const noThdRow: Row = (bench) => {
  const tally = new Tally();
  let seconds = 0;
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    const length = 20 * sampleRate;
    const sounds = {
      'recorded speech': talk({ sampleRate, seconds: 60, seed: l, only: 'recorded', pauseMs: [100, 400] }),
      'synthetic speech': talk({ sampleRate, seconds: 60, seed: l, only: 'synthetic', pauseMs: [100, 400] }),
      ...Object.fromEntries(voices(sampleRate).map(({ name, signal }) => [name, signal])),
      ...Object.fromEntries(
        NOISES.map((name) => [`${name} noise`, atLevel(noise(name, length, sampleRate, 9), -30)]),
      ),
      music: music(60, sampleRate, l),
      dtmf: dtmf(20, sampleRate, l),
      silence: new Float64Array(length),
    };
    for (const [name, signal] of Object.entries(sounds)) {
      const label = caseName(line, 'no tone:', name);
      const measured = bench.measure(label, line, signal);
      tally.none(label, measured.call.thdPercent);
      seconds += measured.seconds.length;
      for (const [i, second] of measured.seconds.entries()) {
        if (second.thdPercent !== null) tally.none(`${label}, second ${i + 1}`, second.thdPercent);
      }
    }
  }
  return tally.result(
    'THD of speech, noise and music',
    'none',
    `${tally.misses.length} reported in ${tally.cases} sounds, ${seconds} seconds`,
  );
};
