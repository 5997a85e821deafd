import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { monoOf, Resampler, readWav } from '#libs/audio';
import { repositoryFile } from '../../repository-file.js';
import { activeLevel } from './active-level.js';
import { between, random } from './random.js';
import { amplitude, fromSamples, joined, type Signal, scaled } from './signal.js';

/** Recorded people, and synthetic voices of the simulators. */
const RECORDED = ['allison-mailbox', 'allison-waiting', 'carlo-mailbox', 'ivrvoice-mailbox', 'june-waiting'];
const SYNTHETIC = [
  'agent-answer',
  'agent-goodbye',
  'agent-greeting',
  'caller-bye',
  'caller-hello',
  'caller-hours',
  'caller-order',
  'caller-stop',
];

/** A sentence of one voice. */
export interface Utterance {
  readonly name: string;
  readonly recorded: boolean;
  readonly signal: Signal;
}

const FADE_MS = 15;
/** What recordings are levelled to before the cases set their own levels. */
const LEVEL_DBOV = -26;

const loaded = new Map<number, readonly Utterance[]>();

/** Every voice at one rate, each at an active level of -26 dBov. */
export function voices(sampleRate: number): readonly Utterance[] {
  let all = loaded.get(sampleRate);
  if (all === undefined) {
    all = [
      ...RECORDED.map((name) =>
        utterance(repositoryFile('apps/quality/speech', `${name}.wav`), true, sampleRate),
      ),
      ...SYNTHETIC.map((name) =>
        utterance(repositoryFile('apps/simulator/speech', `${name}.wav`), false, sampleRate),
      ),
    ];
    loaded.set(sampleRate, all);
  }
  return all;
}

function utterance(path: string, recorded: boolean, sampleRate: number): Utterance {
  const sound = readWav(readFileSync(path));
  const samples = monoOf(sound);
  const atRate =
    sound.sampleRate === sampleRate ? samples : new Resampler(sound.sampleRate, sampleRate).resample(samples);
  const signal = faded(fromSamples(atRate), Math.round((FADE_MS * sampleRate) / 1000));
  const factor = amplitude(LEVEL_DBOV - activeLevel(signal, sampleRate));
  return { name: basename(path, '.wav'), recorded, signal: scaled(signal, factor) };
}

function faded(signal: Signal, length: number): Signal {
  return signal.map((value, i) => {
    const edge = Math.min(i, signal.length - 1 - i);
    return edge < length ? value * (0.5 - 0.5 * Math.cos((Math.PI * edge) / length)) : value;
  });
}

export interface TalkOptions {
  readonly sampleRate: number;
  readonly seconds: number;
  readonly seed: number;
  readonly levelDbov?: number;
  readonly only?: 'recorded' | 'synthetic';
  /** Between sentences. Default 600 ... 1,600. */
  readonly pauseMs?: readonly [number, number];
  /** How much louder or softer than the others a sentence may be. Default 0. */
  readonly swingDb?: number;
}

/**
 * Sentences of all voices in random order with true silence between them. The whole has exactly the active level that is
 * asked for (ITU-T P.56).
 */
export function talk(options: TalkOptions): Signal {
  const {
    sampleRate,
    seconds,
    seed,
    levelDbov = LEVEL_DBOV,
    only,
    pauseMs = [600, 1600],
    swingDb = 0,
  } = options;
  const next = random(seed);
  const chosen = voices(sampleRate).filter(
    ({ recorded }) => only === undefined || recorded === (only === 'recorded'),
  );
  const length = Math.round(seconds * sampleRate);
  const parts: Signal[] = [];
  for (let at = 0; at < length; ) {
    const said = chosen[Math.floor(next() * chosen.length)]!;
    const gain = amplitude(between(next, -swingDb, swingDb));
    const pause = Math.round((between(next, ...pauseMs) * sampleRate) / 1000);
    parts.push(gain === 1 ? said.signal : scaled(said.signal, gain), new Float64Array(pause));
    at += said.signal.length + pause;
  }
  const whole = joined(...parts).subarray(0, length);
  return scaled(whole, amplitude(levelDbov - activeLevel(whole, sampleRate)));
}
