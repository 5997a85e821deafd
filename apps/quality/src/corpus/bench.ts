import type { AudioFormat } from '#libs/contracts';
import { type Dropout, type SoundFigures, TrackAnalyser } from '#libs/observers/quality';
import { FRAME_MS } from './sound/faults.js';
import { through } from './sound/line.js';
import { type Signal } from './sound/signal.js';

/** What the monitor made of one case. */
export interface Measured {
  readonly call: SoundFigures;
  readonly seconds: readonly SoundFigures[];
  readonly dropouts: readonly Dropout[];
  /** When a wrong format was first suspected; null if never. Looked at every 20 ms. */
  readonly suspectedAtMs: number | null;
}

/** Sees every case's sound as the monitor gets it. */
export type Listener = (name: string, line: AudioFormat, samples: Int16Array) => void;

/** Puts sound through a line and the monitor, as a call would: in frames of 20 ms. */
export class Bench {
  /** Sound measured so far. */
  seconds = 0;

  constructor(private readonly listener: Listener | null = null) {}

  measure(name: string, line: AudioFormat, signal: Signal): Measured {
    return this.measureSamples(name, line, through(line, signal));
  }

  /**
   * For sound that is wrong in a way that no line makes. `sentRate`: a live sender's real rate, who sends what it speaks in
   * 20 ms every 20 ms, whatever the line declares; without one the sound is a file's and has no clock.
   */
  measureSamples(
    name: string,
    line: AudioFormat,
    samples: Int16Array,
    sentRate: number | null = null,
  ): Measured {
    this.hear(name, line, samples);
    const analyser = new TrackAnalyser(line);
    const size = ((sentRate ?? line.sampleRate) * FRAME_MS) / 1000;
    const seconds: SoundFigures[] = [];
    let suspectedAtMs: number | null = null;
    for (let at = 0; at < samples.length; at += size) {
      analyser.push(samples.subarray(at, at + size));
      const passedMs = (at / size + 1) * FRAME_MS;
      if (sentRate !== null) analyser.arrived((size * 1000) / line.sampleRate, passedMs);
      if (analyser.seconds > seconds.length) {
        const second = analyser.second();
        if (second !== null) seconds.push(second);
      }
      if (suspectedAtMs === null && (at / size) % 5 === 4 && analyser.call().formatSuspicion !== null)
        suspectedAtMs = passedMs;
    }
    return { call: analyser.call(), seconds, dropouts: analyser.dropouts, suspectedAtMs };
  }

  /** Sound that is measured elsewhere. */
  hear(name: string, line: AudioFormat, samples: Int16Array): void {
    this.seconds += samples.length / line.sampleRate;
    this.listener?.(name, line, samples);
  }
}
