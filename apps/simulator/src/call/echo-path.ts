import type { AudioFormat } from '#libs/contracts';
import { linear } from './ear.js';

/** The agent's voice on its way from the phone's speaker to its microphone. */
export interface EchoFault {
  /** From being heard until it is spoken again, in milliseconds. */
  readonly delayMs: number;
  /** Of the echo against what was heard; negative. */
  readonly levelDb: number;
}

/** Sound is kept this much longer than the delay: ticks come late, and playback is looked at when they come. */
const SLACK_MS = 2000;

/** Keeps what the phone plays and gives it back later and softer, at the caller's rate. */
export class EchoPath {
  private readonly ring: Float32Array;
  private readonly gain: number;
  /** On a scale of samples whose zero is that of the clock: up to here sound has been kept. */
  private keptUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly fault: EchoFault,
    private readonly sampleRate: number,
  ) {
    this.gain = 10 ** (fault.levelDb / 20);
    this.ring = new Float32Array(Math.ceil(((fault.delayMs + SLACK_MS) * sampleRate) / 1000));
  }

  /** The phone plays `bytes`, their first sample at `atMs` on the clock. */
  played(bytes: Uint8Array, format: AudioFormat, atMs: number): void {
    const { ring, sampleRate } = this;
    const samples = linear(bytes, format);
    const ratio = format.sampleRate / sampleRate;
    const start = this.placeOf(atMs);
    const end = start + Math.floor(samples.length / ratio);
    // What was not played in between is silence.
    for (let at = Math.max(this.keptUntil, start - ring.length); at < start; at++) ring[slot(at, ring)] = 0;
    for (let at = start; at < end; at++) {
      ring[slot(at, ring)] = between(samples, (at - start) * ratio);
    }
    this.keptUntil = end;
  }

  /** Adds the echo to 20 ms of the caller that end at `untilMs`. */
  addTo(frame: Float32Array, untilMs: number): void {
    const { ring, gain, keptUntil } = this;
    const end = Math.round(((untilMs - this.fault.delayMs) * this.sampleRate) / 1000);
    const first = end - frame.length;
    for (let i = 0; i < frame.length; i++) {
      const at = first + i;
      if (at < keptUntil && at >= keptUntil - ring.length) frame[i]! += gain * ring[slot(at, ring)]!;
    }
  }

  /** Pieces that follow each other are joined without a seam: their times are rounded to samples once. */
  private placeOf(atMs: number): number {
    const place = Math.round((atMs * this.sampleRate) / 1000);
    return Math.abs(place - this.keptUntil) <= 2 ? this.keptUntil : Math.max(place, this.keptUntil);
  }
}

function slot(at: number, ring: Float32Array): number {
  const place = at % ring.length;
  return place < 0 ? place + ring.length : place;
}

/** The sound between two samples, by a straight line. */
function between(samples: Int16Array, position: number): number {
  const index = Math.floor(position);
  const share = position - index;
  const here = samples[index] ?? 0;
  return share === 0 ? here : here + share * ((samples[index + 1] ?? here) - here);
}
