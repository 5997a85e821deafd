import { alertsOf } from '../alerts.js';
import { caseName, type Row, show, Tally } from '../row.js';
import { TELEPHONE } from '../sound/line.js';
import { type NoiseName, noise } from '../sound/noises.js';
import { amplitude, mixed, scaled } from '../sound/signal.js';
import { talk } from '../sound/voices.js';

const MINUTES_A_CALL = 5;

interface CleanCall {
  readonly levelDbov: number;
  readonly noiseDbov: number;
  readonly around: NoiseName;
  readonly pauseMs: readonly [number, number];
  readonly only?: 'recorded' | 'synthetic';
}

/** Twelve of five minutes: soft and loud voices, hasty and slow ones, in quiet rooms and in offices. */
const CALLS: readonly CleanCall[] = [
  { levelDbov: -26, noiseDbov: -70, around: 'white', pauseMs: [400, 1500] },
  { levelDbov: -20, noiseDbov: -60, around: 'pink', pauseMs: [400, 6000], only: 'recorded' },
  { levelDbov: -32, noiseDbov: -65, around: 'fan', pauseMs: [200, 1000] },
  { levelDbov: -18, noiseDbov: -55, around: 'white', pauseMs: [1000, 15_000], only: 'synthetic' },
  { levelDbov: -24, noiseDbov: -56, around: 'pink', pauseMs: [600, 2500], only: 'recorded' },
  { levelDbov: -30, noiseDbov: -75, around: 'white', pauseMs: [400, 1500], only: 'recorded' },
  { levelDbov: -22, noiseDbov: -54, around: 'traffic', pauseMs: [500, 3000] },
  { levelDbov: -34, noiseDbov: -68, around: 'pink', pauseMs: [300, 2000], only: 'recorded' },
  { levelDbov: -26, noiseDbov: -58, around: 'babble', pauseMs: [400, 4000], only: 'recorded' },
  { levelDbov: -28, noiseDbov: -90, around: 'white', pauseMs: [400, 1500] },
  { levelDbov: -20, noiseDbov: -52, around: 'fan', pauseMs: [200, 800], only: 'recorded' },
  { levelDbov: -25, noiseDbov: -63, around: 'pink', pauseMs: [3000, 30_000], only: 'recorded' },
];

/** One hour of clean telephone speech, watched second by second with the default thresholds. */
export const hourRow: Row = (bench) => {
  const tally = new Tally();
  let alerts = 0;
  for (const [c, call] of CALLS.entries()) {
    const label = caseName(TELEPHONE, `clean call ${c + 1}`);
    const { levelDbov, noiseDbov, around, pauseMs, only } = call;
    const speech = talk({
      sampleRate: 8000,
      seconds: MINUTES_A_CALL * 60,
      seed: 500 + c,
      levelDbov,
      pauseMs,
      swingDb: 3,
      ...(only && { only }),
    });
    const room = scaled(noise(around, speech.length, 8000, 520 + c), amplitude(noiseDbov));
    const told = alertsOf(TELEPHONE, bench.measure(label, TELEPHONE, mixed(speech, room)));
    alerts += told.length;
    tally.holds(label, told.length === 0, 'no alert', show(told.join('; ')));
  }
  const minutes = CALLS.length * MINUTES_A_CALL;
  return tally.result(
    'alerts',
    'none in one hour of clean telephone speech',
    `${alerts} in ${minutes} minutes`,
  );
};
