import { type DropoutLevel, meanMagnitude } from './dropout-level.js';

/** The surroundings of a border that say what steps the sound itself makes. */
const AROUND_MS = 3;
/** A step this much higher than every other around it is none of the sound's own, smooth as it is on both sides. */
const STEP_OF_AROUND = 4;
const STEP_OF_SPEECH = 0.5;
/** There is sound on both sides; otherwise it is where something begins or ends. */
const SIDE_OF_SPEECH = 0.15;

/** A single sample so much higher than all others within these surroundings, and outside of what joins its neighbours, is stray. */
const STRAY_OF_AROUND = 2;
const STRAY_AROUND_MS = 8;

/** Tells whether the sound is torn between samples[border - 1] and samples[border], or samples[border] is a stray one. */
export class ClickTest {
  private readonly around: number;
  private readonly strayAround: number;

  constructor(sampleRate: number) {
    this.around = Math.round((sampleRate * AROUND_MS) / 1000);
    this.strayAround = Math.round((sampleRate * STRAY_AROUND_MS) / 1000);
  }

  isTorn(samples: Int16Array, border: number, level: DropoutLevel): boolean {
    const { speech, offset } = level;
    const step = Math.abs(samples[border]! - samples[border - 1]!);
    if (step < STEP_OF_SPEECH * speech) return false;
    if (this.isStray(samples, border, STEP_OF_SPEECH * speech, offset)) return true;
    const highest = step / STEP_OF_AROUND;
    for (let i = 1; i < this.around; i++) {
      if (Math.abs(samples[border + i]! - samples[border + i - 1]!) > highest) return false;
      if (Math.abs(samples[border - i]! - samples[border - i - 1]!) > highest) return false;
    }
    const least = SIDE_OF_SPEECH * speech;
    return (
      meanMagnitude(samples, border - this.around, border, offset) > least &&
      meanMagnitude(samples, border, border + this.around, offset) > least
    );
  }

  private isStray(samples: Int16Array, border: number, least: number, offset: number): boolean {
    const size = Math.abs(samples[border]! - offset);
    if (size < least) return false;
    const highest = size / STRAY_OF_AROUND;
    for (let i = 1; i < this.strayAround; i++) {
      if (
        Math.abs(samples[border + i]! - offset) > highest ||
        Math.abs(samples[border - i]! - offset) > highest
      )
        return false;
    }
    return true;
  }
}
