import { joined } from '#libs/audio';

/** Sound that was appended and not yet committed. Its place in time counts all sound that the session ever appended. */
export class InputBuffer {
  private chunks: Int16Array[] = [];
  private samples = 0;
  /** All samples that left, and the rate at which they came, as milliseconds. */
  private startMsValue = 0;

  constructor(
    readonly sampleRate: number,
    startMs: number,
  ) {
    this.startMsValue = startMs;
  }

  get startMs(): number {
    return this.startMsValue;
  }

  get endMs(): number {
    return this.startMsValue + this.durationMs;
  }

  get durationMs(): number {
    return (this.samples * 1000) / this.sampleRate;
  }

  push(samples: Int16Array): void {
    this.chunks.push(samples);
    this.samples += samples.length;
  }

  /** Forgets what lies before `ms`, whole pieces first and then part of one. */
  dropBefore(ms: number): void {
    let excess = Math.min(this.samples, Math.round(((ms - this.startMsValue) * this.sampleRate) / 1000));
    if (excess <= 0) return;
    this.startMsValue += (excess * 1000) / this.sampleRate;
    this.samples -= excess;
    let whole = 0;
    while (excess > 0 && this.chunks[whole]!.length <= excess) {
      excess -= this.chunks[whole]!.length;
      whole += 1;
    }
    if (whole > 0) this.chunks = this.chunks.slice(whole);
    if (excess > 0) this.chunks[0] = this.chunks[0]!.subarray(excess);
  }

  /** Everything in it; it is empty afterwards. */
  take(): Int16Array {
    const whole = joined(this.chunks);
    this.startMsValue = this.endMs;
    this.chunks = [];
    this.samples = 0;
    return whole;
  }
}
