import type { DialOrderTable } from '#libs/store';
import type { AttemptParts } from './attempt-parts.js';

/** What an answered attempt costs while it runs: the minutes that have begun, entered as they pass what was set aside at its claim. */
export class RunningCost {
  /** US dollars that the database is known to count. */
  private counted = 0;

  constructor(
    private readonly row: DialOrderTable,
    private readonly parts: Pick<AttemptParts, 'book' | 'guard' | 'now'>,
  ) {}

  /** May the database count less than what has been spoken by now? */
  isBehind(answeredAt: number | null): boolean {
    return answeredAt !== null && this.until(answeredAt, this.parts.now()) > this.counted;
  }

  /** Rejects with STORE_AWAY. */
  async catchUp(answeredAt: number | null): Promise<void> {
    if (answeredAt === null || !this.isBehind(answeredAt)) return;
    const at = this.parts.now();
    this.counted = await this.parts.book.raise(this.row, this.until(answeredAt, at), at);
  }

  until(answeredAt: number, at: number): number {
    return this.parts.guard.cost(this.row.to_number, at - answeredAt);
  }
}
