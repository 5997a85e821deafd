import { caseName, type Row, Tally, Worst } from '../row.js';
import { LINES } from '../sound/line.js';
import { NOISES, noise } from '../sound/noises.js';
import { amplitude, atLevel, mixed, type Signal, scaled } from '../sound/signal.js';
import { dtmf, harmonicTone, music } from '../sound/tones.js';
import { talk } from '../sound/voices.js';

const SECONDS = 16;
const LEVEL_DBOV = -26;
const RATIOS_DB = [5, 10, 15, 20, 25, 30];

/** Speech of many voices in several noises. */
export const snrRow: Row = (bench) => {
  const tally = new Tally();
  const worst = new Worst();
  let disorders = 0;
  for (const [l, line] of LINES.entries()) {
    const { sampleRate } = line;
    for (const [n, name] of NOISES.entries()) {
      const speech = talk({ sampleRate, seconds: SECONDS, seed: 100 * l + n, levelDbov: LEVEL_DBOV });
      const around = noise(name, speech.length, sampleRate, 7 * l + n + 1);
      const inPauses = levelInPauses(around, speech, sampleRate);
      let before = Number.NEGATIVE_INFINITY;
      for (const ratioDb of RATIOS_DB) {
        const label = caseName(line, 'snr', name, `${ratioDb} dB`);
        const floor = scaled(around, amplitude(LEVEL_DBOV - ratioDb - inPauses));
        const signal = mixed(speech, floor);
        const { snrDb } = bench.measure(label, line, signal).call;
        worst.add(tally.near(label, snrDb, ratioDb, 1.5));
        if (snrDb === null || snrDb <= before) disorders++;
        tally.holds(`${label} order`, snrDb !== null && snrDb > before, `over ${before}`, String(snrDb));
        before = snrDb ?? before;
      }
    }
  }
  return tally.result(
    'SNR',
    '± 1.5 dB from 5 to 30 dB; order always right',
    `${worst.text('dB')}; ${disorders} out of order`,
  );
};

const SHORTEST_PAUSE_S = 0.3;

/** In dBov, of the noise where the speech is silent, which is where the floor is measured; traffic swells and ebbs. */
function levelInPauses(around: Signal, speech: Signal, sampleRate: number): number {
  let sum = 0;
  let count = 0;
  for (let from = 0; from < speech.length; from++) {
    let to = from;
    while (to < speech.length && speech[to] === 0) to++;
    if (to - from >= SHORTEST_PAUSE_S * sampleRate) {
      for (let i = from; i < to; i++) sum += around[i]! * around[i]!;
      count += to - from;
    }
    from = to;
  }
  return 10 * Math.log10(sum / count);
}

/** Sound without speech has no SNR. */
export const noSpeechRow: Row = (bench) => {
  const tally = new Tally();
  for (const line of LINES) {
    const { sampleRate } = line;
    const length = 12 * sampleRate;
    const still = {
      silence: new Float64Array(length),
      ...Object.fromEntries(
        NOISES.filter((name) => name !== 'babble').map((name) => [
          `${name} noise`,
          atLevel(noise(name, length, sampleRate, 3), -40),
        ]),
      ),
      tone: harmonicTone({
        frequencyHz: 440,
        thdPercent: 0,
        seconds: 12,
        sampleRate,
        levelDbov: -20,
        harmonics: [2],
      }),
      music: music(12, sampleRate, 5),
      dtmf: dtmf(12, sampleRate, 6),
    };
    for (const [name, signal] of Object.entries(still)) {
      const label = caseName(line, 'no speech:', name);
      tally.none(label, bench.measure(label, line, signal).call.snrDb);
    }
  }
  return tally.result('SNR without speech', 'none', `${tally.misses.length} of ${tally.cases} with a figure`);
};
