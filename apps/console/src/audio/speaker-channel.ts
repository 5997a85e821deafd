import { type Chunk, JitterBuffer, type JitterOptions } from './jitter-buffer.js';
import { LevelMeter } from './level.js';
import { MarkLedger } from './mark-ledger.js';
import type { Speaker } from './sound.js';

/**
 * The caller's sound never pauses: a gap on its clock came about on its way to the gateway, and what follows comes in a bunch. So
 * it is moved in its quiet stretches. The agent's has the times at which it is heard, and starts anew with each utterance; inside
 * one it is moved only by more than its own lateness makes the delay grow without a hole, so that it is not stretched for that.
 */
export const CHANNELS: Readonly<Record<Speaker, Omit<JitterOptions, 'sampleRate'>>> = {
  caller: { pauseMs: 400, driftMs: 60 },
  agent: { pauseMs: 120, driftMs: 150 },
};

/** A change of volume is spread over some milliseconds, so that the slider does not crackle. */
const GLIDE = 0.2;
const ARRIVED = 1e-4;

/** One speaker's way to the loudspeaker: buffer, marks, level, and the place between left and right. */
export class SpeakerChannel {
  readonly level = new LevelMeter();
  readonly buffer: JitterBuffer;
  private readonly marks: MarkLedger;
  private readonly block = new Float32Array(128);
  private left = 1;
  private right = 1;
  private leftTarget = 1;
  private rightTarget = 1;

  constructor(options: JitterOptions, onMarkHeard: (name: string) => void) {
    this.buffer = new JitterBuffer(options);
    this.marks = new MarkLedger(onMarkHeard);
  }

  push(chunk: Chunk, now: number): void {
    this.buffer.push(chunk, now);
  }

  mark(name: string): void {
    this.marks.add(name, this.buffer.written);
  }

  clear(): void {
    this.buffer.clear();
    this.marks.clear();
  }

  /** Pan from -1, left, to 1, right. In the middle both sides get the samples as they are: at gain 1 nothing is changed. */
  mix(gain: number, pan: number): void {
    this.leftTarget = gain * Math.min(1, 1 - pan);
    this.rightTarget = gain * Math.min(1, 1 + pan);
    if (this.buffer.depthMs > 0) return;
    this.left = this.leftTarget;
    this.right = this.rightTarget;
  }

  /** Adds 128 samples to both sides. `latency`: from here to the ear. */
  render(left: Float32Array, right: Float32Array, now: number, latency: number): void {
    const { block } = this;
    this.buffer.read(block, now);
    this.level.add(block);
    this.left = towards(this.left, this.leftTarget);
    this.right = towards(this.right, this.rightTarget);
    for (let i = 0; i < block.length; i++) {
      left[i]! += block[i]! * this.left;
      right[i]! += block[i]! * this.right;
    }
    this.marks.played(this.buffer.done, now + block.length, latency);
  }
}

function towards(value: number, target: number): number {
  const next = value + (target - value) * GLIDE;
  return Math.abs(target - next) < ARRIVED ? target : next;
}
