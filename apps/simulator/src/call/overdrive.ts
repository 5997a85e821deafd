import { atRate } from './at-rate.js';
import type { Speech } from './speech.js';

/** ITU-T P.56: sound this far below the active level is no speech. */
const MARGIN_DB = 15.9;
const ROUNDS = 10;
const levels = new WeakMap<Speech, number>();
const overdrives = new WeakMap<Speech, Map<string, Speech>>();

/** Active level in the manner of ITU-T P.56, by frames of 20 ms; -127 for silence. */
export function speechLevelDbov(speech: Speech): number {
  let level = levels.get(speech);
  if (level === undefined) {
    level = 10 * Math.log10(Math.max(activePower(speech) / 32768 ** 2, 10 ** -12.7));
    levels.set(speech, level);
  }
  return level;
}

function activePower({ samples, sampleRate }: Speech): number {
  const length = Math.round(sampleRate / 50);
  const powers: number[] = [];
  for (let at = 0; at < samples.length; at += length) {
    const frame = samples.subarray(at, at + length);
    powers.push(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length);
  }
  const mean = (list: readonly number[]) => list.reduce((sum, power) => sum + power, 0) / (list.length || 1);
  let level = mean(powers);
  for (let round = 0; round < ROUNDS; round++) {
    level = mean(powers.filter((power) => power > level * 10 ** (-MARGIN_DB / 10)));
  }
  return level;
}

/** The speech at `sampleRate`, amplified until `percent` of its samples lie beyond full scale, and cut off there. */
export function overdriven(speech: Speech, sampleRate: number, percent: number): Speech {
  let made = overdrives.get(speech);
  if (made === undefined) {
    made = new Map();
    overdrives.set(speech, made);
  }
  const key = `${sampleRate} ${percent}`;
  let loud = made.get(key);
  if (loud === undefined) {
    loud = { name: speech.name, sampleRate, samples: cutOff(speech, sampleRate, percent) };
    made.set(key, loud);
  }
  return loud;
}

/** Cut after the change of rate: a filter behind it would round the tops off. */
function cutOff(speech: Speech, sampleRate: number, percent: number): Int16Array {
  const samples = atRate(speech.samples, speech.sampleRate, sampleRate);
  const sizes = samples.map((sample) => Math.min(32767, Math.abs(sample))).sort();
  const cut = Math.max(1, Math.round((sizes.length * percent) / 100));
  const gain = 32767 / Math.max(1, sizes[sizes.length - cut] ?? 1);
  return samples.map((sample) => Math.max(-32767, Math.min(32767, Math.round(sample * gain))));
}
