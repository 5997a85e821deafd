import type { Log, Loss } from '#libs/contracts';

/** What could not be kept: counted by why, and told once for each why. */
export class Losses {
  private readonly counts = new Map<Loss, number>();

  /** `code`: of the log lines. */
  constructor(
    private readonly code: string,
    private readonly log: Log,
  ) {}

  add(why: Loss, rows: number): void {
    const before = this.counts.get(why) ?? 0;
    this.counts.set(why, before + rows);
    if (before === 0)
      this.log.error(
        { code: this.code, why, rows },
        'Something could not be kept; further losses of this kind are counted only.',
      );
  }

  get soFar(): Readonly<Partial<Record<Loss, number>>> {
    return Object.fromEntries(this.counts);
  }

  /** At the end, if there were any. */
  tell(): void {
    if (this.counts.size > 0)
      this.log.warn({ code: this.code, lost: this.soFar }, 'Not everything could be kept.');
  }
}
