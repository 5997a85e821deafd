import { dbovFromPower } from '#libs/audio';
import type { AudioEncoding } from '#libs/contracts';
import { ActivitySplit } from './activity-split.js';
import { HISTORY_HOPS, HOP_MS, HopHistory } from './hop-history.js';

const HOPS_A_SECOND = 1000 / HOP_MS;

/** Least active hops in one second for a figure of that second. */
const MIN_SECOND_HOPS = 10;
/** And for its SNR: the end of a word alone is softer than the speech. */
const MIN_SNR_HOPS = 15;

/**
 * Noise that the coding itself makes in silence: a twelfth of the smallest step squared. What is quieter is as good as no
 * noise; a ratio is not measured deeper than this.
 */
const CODING_NOISE: Readonly<Record<AudioEncoding, number>> = { pcm16: 1 / 12, mulaw: 16 / 3, alaw: 64 };

const SPLIT = new ActivitySplit();

/** Of one stretch of time; null where there is no speech or no pause to measure in. */
export interface SpeechFigures {
  readonly levelDbov: number | null;
  readonly noiseDbov: number | null;
  readonly snrDb: number | null;
  readonly speechMs: number;
}

export const NO_SPEECH: SpeechFigures = { levelDbov: null, noiseDbov: null, snrDb: null, speechMs: 0 };

/** Active speech level after ITU-T P.56 method B, the noise floor in the pauses, and the ratio of the two. */
export class SpeechLevel {
  private readonly history = new HopHistory();
  private readonly codingNoise: number;
  /** Of what has left the history. */
  private speechEnergy = 0;
  private activeCount = 0;
  private noiseSum = 0;
  private noiseSeconds = 0;
  private noise: number | null = null;
  private retiredTo = 0;
  private lastSecond = NO_SPEECH;
  /** Of everything up to the last whole second. */
  callOfSeconds = NO_SPEECH;

  constructor(encoding: AudioEncoding) {
    this.codingNoise = CODING_NOISE[encoding];
  }

  /** A hop of 20 ms: its mean square, the highest of the envelope, and whether it is made of lines alone. */
  endHop(power: number, envelope: number, isLines: boolean): void {
    this.history.note(power, envelope, isLines);
  }

  endSecond(): void {
    SPLIT.split(this.history, this.noise);
    const hops = this.history.length;
    this.callOfSeconds = this.figuresOfCall();
    if (!SPLIT.isSpeech) {
      this.lastSecond = NO_SPEECH;
      return;
    }
    if (SPLIT.isNoiseHeard) this.noise = SPLIT.noisePower;
    this.lastSecond = this.figuresOfSecond(hops);
    if (hops > HISTORY_HOPS - HOPS_A_SECOND) this.retire(hops - (HISTORY_HOPS - HOPS_A_SECOND));
  }

  second(): SpeechFigures {
    return this.lastSecond;
  }

  /** Of everything so far. */
  call(): SpeechFigures {
    SPLIT.split(this.history, this.noise);
    return this.figuresOfCall();
  }

  /** Of what has left the history, and of the history as it was split last. */
  private figuresOfCall(): SpeechFigures {
    let energy = this.speechEnergy;
    let active = this.activeCount;
    let noise = this.noiseSum;
    let seconds = this.noiseSeconds;
    if (SPLIT.isSpeech) {
      const hops = SPLIT.hops;
      // What is about to leave counts already.
      const from = SPLIT.places[Math.max(0, this.retiredTo - (this.history.count - this.history.length))]!;
      const count = SPLIT.activeHops(from, hops);
      energy += SPLIT.speechEnergy(from, hops);
      active += count;
      if (SPLIT.noisePower !== null && SPLIT.isNoiseHeard) {
        noise += SPLIT.noisePower * ((hops - from) / HOPS_A_SECOND);
        seconds += (hops - from) / HOPS_A_SECOND;
      }
    }
    if (active === 0 || energy <= 0) return NO_SPEECH;
    return this.figures(energy / active, seconds === 0 ? null : noise / seconds, active * HOP_MS);
  }

  private figuresOfSecond(hops: number): SpeechFigures {
    const from = SPLIT.places[Math.max(0, hops - HOPS_A_SECOND)]!;
    const active = SPLIT.activeHops(from, SPLIT.hops);
    const energy = SPLIT.speechEnergy(from, SPLIT.hops);
    if (active < MIN_SECOND_HOPS || energy <= 0) return { ...NO_SPEECH, speechMs: active * HOP_MS };
    const noise = SPLIT.isNoiseHeard && active >= MIN_SNR_HOPS ? SPLIT.noisePower : null;
    return this.figures(energy / active, noise, active * HOP_MS);
  }

  /** The oldest hops leave the history for good, within the next second. */
  private retire(leaving: number): void {
    const hops = SPLIT.places[leaving]!;
    const active = SPLIT.activeHops(0, hops);
    this.retiredTo = this.history.count - this.history.length + leaving;
    this.speechEnergy += SPLIT.speechEnergy(0, hops);
    this.activeCount += active;
    if (SPLIT.noisePower === null || !SPLIT.isNoiseHeard) return;
    this.noiseSum += SPLIT.noisePower * (hops / HOPS_A_SECOND);
    this.noiseSeconds += hops / HOPS_A_SECOND;
  }

  private figures(speech: number, noise: number | null, speechMs: number): SpeechFigures {
    const levelDbov = dbovFromPower(speech);
    if (noise === null) return { levelDbov, noiseDbov: null, snrDb: null, speechMs };
    const noiseDbov = dbovFromPower(Math.max(noise, this.codingNoise));
    return { levelDbov, noiseDbov, snrDb: levelDbov - noiseDbov, speechMs };
  }
}
