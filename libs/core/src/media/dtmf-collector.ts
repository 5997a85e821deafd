import type { Cancel, Clock } from '#libs/contracts';

const PAUSE_MS = 1500;
const LONGEST = 64;

/** Gathers single keys into what the caller meant to type: until a pause, a `#`, or too many. */
export class DtmfCollector {
  private digits = '';
  private cancelTimer: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly onDigits: (digits: string) => void,
  ) {}

  press(digit: string): void {
    this.digits += digit;
    this.cancelTimer?.();
    if (digit === '#' || this.digits.length >= LONGEST) this.finish();
    else this.cancelTimer = this.clock.after(PAUSE_MS, () => this.finish());
  }

  /** What was gathered so far, for somebody else. */
  take(): string {
    const { digits } = this;
    this.close();
    return digits;
  }

  close(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.digits = '';
  }

  private finish(): void {
    this.cancelTimer = null;
    const digits = this.digits;
    this.digits = '';
    this.onDigits(digits);
  }
}
