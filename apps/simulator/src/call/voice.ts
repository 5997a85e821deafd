import type { AudioFrame } from '#libs/contracts';
import type { SpokenFrames } from './speech.js';

/** One utterance of the caller. Times on the clock; null until it got there. */
export interface Saying {
  readonly name: string;
  /** When the first and the last audible frame of it left. */
  startedMs: number | null;
  stoppedMs: number | null;
}

interface Queued {
  readonly saying: Saying;
  readonly frames: SpokenFrames;
  readonly done: () => void;
}

/** The caller's mouth: what it is told to say, cut into frames, with silence in between. */
export class Voice {
  readonly sayings: Saying[] = [];
  private readonly queue: Queued[] = [];
  private at = 0;

  /** `done` is called when the last frame has been taken. */
  say(name: string, frames: SpokenFrames, done: () => void): Saying {
    const saying: Saying = { name, startedMs: null, stoppedMs: null };
    this.sayings.push(saying);
    this.queue.push({ saying, frames, done });
    return saying;
  }

  get speaking(): boolean {
    return this.queue.length > 0;
  }

  /** The next 20 ms of sound; null is silence. */
  next(nowMs: number): AudioFrame | null {
    const head = this.queue[0];
    if (head === undefined) return null;
    const { frames, saying } = head;
    const index = this.at++;
    if (index === frames.firstAudible) saying.startedMs = nowMs;
    if (index === frames.lastAudible) saying.stoppedMs = nowMs;
    if (this.at >= frames.frames.length) {
      this.queue.shift();
      this.at = 0;
      head.done();
    }
    return frames.frames[index] ?? null;
  }

  /** The call is over: nothing more will be said. */
  silence(): void {
    for (const { done } of this.queue.splice(0)) done();
  }
}
