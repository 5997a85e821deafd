import type { AudioFormat } from '#libs/contracts';
import { alertsOf } from '../alerts.js';
import type { Bench } from '../bench.js';
import { caseName, type Row, show, Tally } from '../row.js';
import { LINES } from '../sound/line.js';
import { keys, PROGRESS_TONES, toneSignal } from '../sound/progress-tones.js';
import type { Signal } from '../sound/signal.js';

const SECONDS = 13;
const LEVELS_DBM0 = [-3, -10, -22, -40];

/** Single tones, from hum's harmonics to the edge of the telephone band; each at one level of a range. */
const SINGLE_SECONDS = 6;
const SINGLE_HZ = [
  80, 83, 85, 90, 95, 101, 106, 111, 115, 133, 150, 167, 200, 240, 250, 267, 300, 310, 320, 333, 340, 350,
  360, 380, 390, 400, 401, 410, 420, 425, 440, 450, 460, 480, 500, 540, 560, 600, 620, 700, 800, 900, 941,
  1000, 1004, 1020, 1100, 1209, 1300, 1400, 1477, 1600, 1633, 1700, 1800, 2000, 2100, 2250, 2400, 2600, 2667,
  2800, 3000, 3200, 3333, 3400, 3430, 3500, 3600, 3700, 3800, 3900,
];
const SINGLE_DBM0 = [-3, -7.3, -10, -13, -19, -25, -33, -40];

/** Tones of the network, keys and fax are no speech, and nothing is wrong with them. */
export const tonesRow: Row = (bench) => {
  const tally = new Tally();
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    for (const dbm0 of LEVELS_DBM0) {
      for (const tone of PROGRESS_TONES) {
        const label = caseName(line, tone.name, `${dbm0} dBm0`);
        judge(tally, bench, line, label, toneSignal(tone, SECONDS, sampleRate, dbm0));
      }
      judge(tally, bench, line, caseName(line, 'keys', `${dbm0} dBm0`), keys(SECONDS, sampleRate, l, dbm0));
    }
    for (const [i, hz] of SINGLE_HZ.entries()) {
      // Two levels of each tone, of which every line has others.
      for (const step of [0, 3]) {
        const dbm0 = SINGLE_DBM0[(i + l + step) % SINGLE_DBM0.length]!;
        const tone = { name: `${hz} Hz`, hz: [hz] };
        const label = caseName(line, tone.name, `${dbm0} dBm0`);
        judge(tally, bench, line, label, toneSignal(tone, SINGLE_SECONDS, sampleRate, dbm0));
      }
    }
  }
  const { misses, cases } = tally;
  return tally.result(
    'tones',
    'no speech, no fault, no alert',
    `${misses.length} of ${cases} with a finding`,
  );
};

function judge(tally: Tally, bench: Bench, line: AudioFormat, label: string, signal: Signal): void {
  const measured = bench.measure(label, line, signal);
  const { call, seconds } = measured;
  const clipping = Math.max(...seconds.map(({ clippingPercent }) => clippingPercent ?? 0));
  const speechMs = Math.max(...seconds.map((second) => second.speechMs));
  const thd = Math.max(...seconds.map(({ thdPercent }) => thdPercent ?? 0));
  const hum = seconds.find(({ humHz }) => humHz !== null);
  const found = [
    speechMs > 0 || call.snrDb !== null ? `speech of ${speechMs} ms, SNR ${show(call.snrDb)}` : '',
    clipping > 0.1 ? `clipping ${show(clipping)} %` : '',
    call.dropouts !== 0 ? `${call.dropouts} drop-outs` : '',
    call.formatSuspicion ?? '',
    hum === undefined ? '' : `hum of ${hum.humHz} Hz`,
    thd > 1 ? `THD ${show(thd)} %` : '',
    ...alertsOf(line, measured),
  ].filter((finding) => finding !== '');
  tally.holds(label, found.length === 0, 'no finding', found.join('; '));
}
