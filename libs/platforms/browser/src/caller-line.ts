import { bytesPerMs, fillerFrame, frameAt, frameFromBytes, silence } from '#libs/audio';
import {
  type AudioFormat,
  type AudioFrame,
  type Cancel,
  type Clock,
  everyUnlessHeldUp,
} from '#libs/contracts';

const FILL_STEP_MS = 100;
/** After the process was held up, no more than this is made up for. */
const MOST_BACKFILL_MS = 1000;
/** A browser that was held up brings so much in one go; more than this is no speech of anybody. */
const MOST_AHEAD_MS = 2000;

/**
 * Keeps the caller's sound to the pace of time. Where a browser brings none (the laptop sleeps, the microphone is being
 * changed), silence takes its place, since the AI tells the end of a turn by hearing silence; what is more than
 * time has passed is left out.
 */
export class CallerLine {
  private readonly silence: AudioFrame;
  private readonly bytesPerMs: number;
  /** How far the sound reaches on the clock, its sending included. */
  private untilMs: number;
  private filling = false;
  private cancel: Cancel | null = null;

  constructor(
    private readonly format: AudioFormat,
    private readonly clock: Clock,
    private readonly gapFillAfterMs: number,
    private readonly deliver: (frame: AudioFrame) => void,
  ) {
    this.silence = fillerFrame(format, 0, silence(format, FILL_STEP_MS));
    this.bytesPerMs = bytesPerMs(format);
    this.untilMs = clock.nowMs();
  }

  /** From now on gaps are filled. */
  run(): void {
    this.untilMs = Math.max(this.untilMs, this.clock.nowMs());
    this.cancel ??= everyUnlessHeldUp(this.clock, FILL_STEP_MS, () => this.fill());
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  /** Whole samples. False: too much for the time that has passed; left out. */
  take(bytes: Uint8Array): boolean {
    const nowMs = this.clock.nowMs();
    const untilMs = Math.max(this.untilMs, nowMs) + bytes.length / this.bytesPerMs;
    if (untilMs > nowMs + MOST_AHEAD_MS) return false;
    this.untilMs = untilMs;
    this.filling = false;
    this.deliver(frameFromBytes('caller', this.format, nowMs, bytes));
    return true;
  }

  private fill(): void {
    const nowMs = this.clock.nowMs();
    if (!this.filling && nowMs - this.untilMs < this.gapFillAfterMs) return;
    this.filling = true;
    this.untilMs = Math.max(this.untilMs, nowMs - MOST_BACKFILL_MS);
    for (; this.untilMs + FILL_STEP_MS <= nowMs; this.untilMs += FILL_STEP_MS) {
      this.deliver(frameAt(this.silence, this.untilMs));
    }
  }
}
