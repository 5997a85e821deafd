import { caseName, type Row, Tally, Worst } from '../row.js';
import { hum } from '../sound/faults.js';
import { LINES } from '../sound/line.js';
import { noise } from '../sound/noises.js';
import { amplitude, atLevel, lowPassed, mixed, scaled } from '../sound/signal.js';
import { harmonicTone } from '../sound/tones.js';
import { talk } from '../sound/voices.js';

const SECONDS = 12;
const LEVELS = [-16, -20, -26, -32, -38, -45];

export const levelRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    for (const levelDbov of LEVELS) {
      for (const only of ['recorded', 'synthetic'] as const) {
        const label = caseName(line, only, `at ${levelDbov} dBov`);
        const signal = talk({ sampleRate, seconds: SECONDS, seed: 20 + l, levelDbov, only });
        worst.add(tally.near(label, bench.measure(label, line, signal).call.levelDbov, levelDbov, 0.5));
      }
      const label = caseName(line, `noise at ${levelDbov} dBov`);
      const still = atLevel(noise('white', 5 * sampleRate, sampleRate, 30 + l), levelDbov);
      worst.add(tally.near(label, bench.measure(label, line, still).call.levelDbov, levelDbov, 0.5));
      const toneLabel = caseName(line, `tone at ${levelDbov} dBov`);
      const steady = harmonicTone({
        frequencyHz: 1020,
        thdPercent: 0,
        harmonics: [2],
        seconds: 5,
        sampleRate,
        levelDbov,
      });
      worst.add(tally.near(toneLabel, bench.measure(toneLabel, line, steady).call.levelDbov, levelDbov, 0.5));
    }
  }
  return tally.result('level', '± 0.5 dB', worst.text('dB'));
};

const OFFSETS = [0, 0.005, -0.02, 0.05, -0.1];

export const dcRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  for (const [l, line] of LINES.entries()) {
    const speech = talk({ sampleRate: line.sampleRate, seconds: SECONDS, seed: 40 + l });
    const mean = speech.reduce((sum, value) => sum + value, 0) / speech.length;
    for (const offset of OFFSETS) {
      const label = caseName(line, `DC ${offset}`);
      const signal = speech.map((value) => value - mean + offset);
      worst.add(tally.near(label, bench.measure(label, line, signal).call.dcOffset, offset, 0.002));
    }
  }
  return tally.result('DC offset', '± 0.002 of full scale', worst.text('of full scale'));
};

const HUMS_DB = [-5, -10, -15, -20];

/** Hum of so much under the speech is seen with its frequency; speech without hum has none worth telling. */
export const humRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    const speech = mixed(
      talk({ sampleRate, seconds: SECONDS, seed: 60 + l }),
      scaled(noise('pink', SECONDS * sampleRate, sampleRate, 61), amplitude(-60)),
    );
    const clean = caseName(line, 'no hum');
    const { humDb } = bench.measure(clean, line, speech).call;
    tally.holds(clean, humDb === null || humDb < -30, 'none, or under -30 dB', String(humDb));
    for (const mainsHz of [50, 60]) {
      for (const db of HUMS_DB) {
        const label = caseName(line, `hum ${mainsHz} Hz ${db} dB`);
        const signal = mixed(speech, scaled(hum(speech.length, sampleRate, mainsHz), amplitude(-26 + db)));
        const { call } = bench.measure(label, line, signal);
        worst.add(tally.near(label, call.humDb, db, 3));
        tally.holds(`${label} frequency`, call.humHz === mainsHz, `${mainsHz} Hz`, String(call.humHz));
      }
    }
  }
  return tally.result('hum', '50 or 60 Hz seen 10 dB under speech (± 3 dB down to 20 dB)', worst.text('dB'));
};

const CUTOFFS = [1500, 2000, 2700, 3400, 5000, 7000];

export const bandwidthRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  for (const line of LINES.filter(({ sampleRate }) => sampleRate < 24000)) {
    const { sampleRate } = line;
    // A little noise across the band, as every microphone has: speech alone may end below the cut.
    const source = mixed(
      talk({ sampleRate, seconds: 10, seed: 70, only: 'synthetic' }),
      scaled(noise('white', 10 * sampleRate, sampleRate, 71), amplitude(-52)),
    );
    for (const cutoffHz of CUTOFFS.filter((hz) => hz < 0.45 * sampleRate)) {
      const label = caseName(line, `nothing above ${cutoffHz} Hz`);
      const measured = bench.measure(label, line, lowPassed(source, sampleRate, cutoffHz)).call.bandwidthHz;
      worst.add(tally.near(label, measured, cutoffHz, 0.15 * cutoffHz) / cutoffHz);
    }
  }
  return tally.result('bandwidth', '± 15 %', worst.text('of the cut-off'));
};
