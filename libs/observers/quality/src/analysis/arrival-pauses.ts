import type { AudioFrame } from '#libs/contracts';

/** Below this mean square a frame is silence: -50 dBov, under which voice activity detectors let a line fall silent. */
const QUIET_POWER = (32768 * 10 ** (-50 / 20)) ** 2;
/** Every fourth sample tells enough of a frame's level. */
const STRIDE = 4;
const LOOK_EVERY_MS = 100;
/** Voice activity detectors hang on for less than half of this. */
const PROOF_MS = 1000;
/** Shorter holes no line makes on purpose. */
const SHORTEST_PAUSE_MS = 100;

/**
 * Tells sound that was lost from silence that a line did not send on purpose (DTX), which timestamps alone cannot. A line
 * that has once sent a second of silence without a hole sends silence: whatever it misses is lost.
 */
export class PauseJudge {
  private sendsSilence = false;
  private quietMs = 0;
  private sinceLookMs = 0;

  /** A frame came where it was expected. Until the line is known, one frame in 100 ms is looked at. */
  follows(frame: AudioFrame): void {
    if (this.sendsSilence) return;
    this.sinceLookMs += frame.durationMs;
    if (this.sinceLookMs < LOOK_EVERY_MS) return;
    this.quietMs = isQuiet(frame) ? this.quietMs + this.sinceLookMs : 0;
    this.sinceLookMs = 0;
    if (this.quietMs >= PROOF_MS) this.sendsSilence = true;
  }

  /** Whether the hole of `missingMs` behind `before` may be the caller's silence. */
  isPause(missingMs: number, before: AudioFrame): boolean {
    this.quietMs = 0;
    this.sinceLookMs = 0;
    return missingMs >= SHORTEST_PAUSE_MS && !this.sendsSilence && isQuiet(before);
  }
}

function isQuiet(frame: AudioFrame): boolean {
  const { samples } = frame;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < samples.length; i += STRIDE) {
    sum += samples[i]! * samples[i]!;
    count++;
  }
  return sum <= QUIET_POWER * count;
}
