import { frameFromBytes } from '#libs/audio';
import type { AudioFormat, Cancel, Clock, GatewayError, OperatorLine } from '#libs/contracts';
import { badSound, tooFast } from './errors.js';

const FORMAT: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
const BYTES_PER_MS = 48;
const LONGEST_MS = 1000;
/** A microphone may stall and then bring everything at once; more than this is no microphone. */
const MAY_LEAD_MS = 2000;
/**
 * Somebody who has nothing to say, or has muted the microphone, sends frames of silence. One who sends none for so long is gone,
 * long before the network tells, and meanwhile the caller would hear nobody.
 */
const MAY_PAUSE_MS = 3000;

/** An operator's microphone in one call. */
export class OperatorVoice {
  /** When what was taken so far will have been heard. */
  private endMs = 0;
  private newestMs: number;
  private cancelWatch: Cancel;

  /** `onGone`: no sound has come for `MAY_PAUSE_MS`; told once, and not after `release`. */
  constructor(
    readonly callId: string,
    private readonly line: OperatorLine,
    private readonly clock: Clock,
    private readonly onGone: () => void,
  ) {
    this.newestMs = clock.nowMs();
    this.cancelWatch = clock.after(MAY_PAUSE_MS, () => this.watch());
  }

  /** Takes ownership of the sound. Null: taken, or the call is over. */
  push(bytes: Buffer): GatewayError | null {
    const durationMs = bytes.length / BYTES_PER_MS;
    if (bytes.length === 0 || bytes.length % 2 !== 0 || durationMs > LONGEST_MS) return badSound();
    const nowMs = this.clock.nowMs();
    this.newestMs = nowMs;
    const startMs = Math.max(nowMs, this.endMs);
    if (startMs + durationMs - nowMs > MAY_LEAD_MS) return tooFast();
    this.endMs = startMs + durationMs;
    this.line.push(frameFromBytes('agent', FORMAT, nowMs, bytes));
    return null;
  }

  release(): void {
    this.cancelWatch();
    this.line.release();
  }

  /** One timer for all frames, set anew for what is left of the pause. */
  private watch(): void {
    const leftMs = this.newestMs + MAY_PAUSE_MS - this.clock.nowMs();
    if (leftMs <= 0) this.onGone();
    else this.cancelWatch = this.clock.after(leftMs, () => this.watch());
  }
}
