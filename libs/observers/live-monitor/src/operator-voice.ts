import { frameFromBytes } from '#libs/audio';
import type { AudioFormat, Clock, GatewayError, OperatorLine } from '#libs/contracts';
import { badSound, tooFast } from './errors.js';

const FORMAT: AudioFormat = { encoding: 'pcm16', sampleRate: 24_000 };
const BYTES_PER_MS = 48;
const LONGEST_MS = 1000;
/** A microphone may stall and then bring everything at once; more than this is no microphone. */
const MAY_LEAD_MS = 2000;

/** An operator's microphone in one call. */
export class OperatorVoice {
  /** When what was taken so far will have been heard. */
  private endMs = 0;

  constructor(
    readonly callId: string,
    private readonly line: OperatorLine,
    private readonly clock: Clock,
  ) {}

  /** Takes ownership of the sound. Null: taken, or the call is over. */
  push(bytes: Buffer): GatewayError | null {
    const durationMs = bytes.length / BYTES_PER_MS;
    if (bytes.length === 0 || bytes.length % 2 !== 0 || durationMs > LONGEST_MS) return badSound();
    const nowMs = this.clock.nowMs();
    const startMs = Math.max(nowMs, this.endMs);
    if (startMs + durationMs - nowMs > MAY_LEAD_MS) return tooFast();
    this.endMs = startMs + durationMs;
    this.line.push(frameFromBytes('agent', FORMAT, nowMs, bytes));
    return null;
  }

  release(): void {
    this.line.release();
  }
}
