import type { AudioFormat } from '#libs/contracts';
import { alertsOf } from '../alerts.js';
import type { Bench } from '../bench.js';
import { caseName, type Row, show, Tally } from '../row.js';
import { LINES } from '../sound/line.js';
import type { Signal } from '../sound/signal.js';
import { amplitude, scaled } from '../sound/signal.js';
import { talk, voices } from '../sound/voices.js';

const SECONDS = 20;
const LEVELS_DBOV = [-20, -25, -30, -35, -38, -45];
/** Below this level the line itself is told to be too soft. */
const SOFT_DBOV = -40;
const CLEAN_DB = 20;
/** Of the voices as they are kept. */
const KEPT_DBOV = -26;

/** Clean speech over digital silence: no noise anywhere, however soft it is, and none before a pause was heard. */
export const quietRow: Row = (bench) => {
  const tally = new Tally();
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    for (const levelDbov of LEVELS_DBOV) {
      for (const only of ['recorded', 'synthetic'] as const) {
        const speech = talk({
          sampleRate,
          seconds: SECONDS,
          seed: 700 + l,
          levelDbov,
          only,
          pauseMs: [1000, 1000],
        });
        judge(tally, bench, line, caseName(line, only, `${levelDbov} dBov`), speech, levelDbov);
      }
      for (const { name, signal } of voices(sampleRate)) {
        const sentence = scaled(signal, amplitude(levelDbov - KEPT_DBOV));
        judge(tally, bench, line, caseName(line, name, `alone at ${levelDbov} dBov`), sentence, levelDbov);
      }
    }
  }
  const { misses, cases } = tally;
  return tally.result('clean speech', 'never noisy', `${misses.length} of ${cases} noisy`);
};

function judge(
  tally: Tally,
  bench: Bench,
  line: AudioFormat,
  label: string,
  signal: Signal,
  levelDbov: number,
): void {
  const measured = bench.measure(label, line, signal);
  const least = Math.min(
    ...[measured.call, ...measured.seconds].map(({ snrDb }) => snrDb ?? Number.POSITIVE_INFINITY),
  );
  const alerts = alertsOf(line, measured).filter(
    (words) => levelDbov > SOFT_DBOV || words.startsWith('noise'),
  );
  const good = least >= CLEAN_DB && alerts.length === 0;
  tally.holds(label, good, `none, or ${CLEAN_DB} dB and more`, [`${show(least)} dB`, ...alerts].join('; '));
}
