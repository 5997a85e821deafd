import type { Cancel, Clock, GatewayEvents } from '#libs/contracts';

/** A transcript that has not come by then will not. */
const TRANSCRIPT_MS = 10_000;

type Verdict = GatewayEvents['interruption.judged'];

export interface JudgeOptions {
  readonly clock: Clock;
  /** Without words for this long, counted from when the caller fell silent, it was a false alarm. */
  readonly falseAfterMs: number;
  /** Does the backend write down what callers say? Without that nobody can know. */
  readonly canKnow: () => boolean;
  readonly tell: (verdict: Verdict) => void;
}

/**
 * Tells whether an interruption was meant: words of the caller follow. A cough, a door or the agent's own echo silences the
 * agent as well, and nothing comes after it.
 */
export class InterruptionJudge {
  private open: Omit<Verdict, 'wasFalse'> | null = null;
  private cancel: Cancel | null = null;
  /** Utterances of which words came before: what still comes of them proves nothing. */
  private readonly earlier = new Set<string>();
  /** When those turns were closed whose words have not come yet. */
  private wordless: number[] = [];
  /** So many of them were closed before the interruption: their words are the first to come. */
  private lateOnes = 0;

  constructor(private readonly options: JudgeOptions) {}

  interrupted(stopMs: number, reactionMs: number | null, callerSpeaks: boolean): void {
    // Nothing came of the one before, else it would have been told.
    this.judge(true);
    this.open = { stopMs, reactionMs };
    const nowMs = this.options.clock.nowMs();
    this.wordless = this.wordless.filter((atMs) => nowMs - atMs < TRANSCRIPT_MS);
    this.lateOnes = this.wordless.length;
    if (!callerSpeaks) this.wait();
  }

  callerBegan(): void {
    this.cancel?.();
    this.cancel = null;
  }

  callerStopped(): void {
    if (this.open !== null) this.wait();
  }

  /** The caller's turn was closed: its words will come, in the order of the turns. */
  committed(): void {
    this.wordless.push(this.options.clock.nowMs());
    if (this.wordless.length > 16) this.wordless.shift();
  }

  words(itemId: string): void {
    const isNew = !this.earlier.has(itemId);
    if (isNew) this.wordless.shift();
    if (this.open === null || (isNew && this.lateOnes > 0)) {
      if (isNew && this.open !== null) this.lateOnes--;
      this.earlier.add(itemId);
      if (this.earlier.size > 64) this.earlier.delete(this.earlier.values().next().value!);
    } else if (isNew) {
      this.earlier.add(itemId);
      this.judge(false);
    }
  }

  /** What is open now stays so: nobody will know. */
  giveUp(): void {
    this.judge(null);
  }

  private wait(): void {
    const { clock, falseAfterMs } = this.options;
    this.cancel?.();
    this.cancel = clock.after(falseAfterMs, () => this.judge(true));
  }

  private judge(wasFalse: boolean | null): void {
    const { open } = this;
    this.cancel?.();
    this.cancel = null;
    if (open === null) return;
    this.open = null;
    this.options.tell({ ...open, wasFalse: this.options.canKnow() ? wasFalse : null });
  }
}
