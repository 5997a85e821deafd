import type { Clock } from '#libs/contracts';

const AGAIN_MS = 1000;

/** Writes what is newest, one write at a time, and again until the database takes it. */
export class WriteBehind {
  private writing: Promise<void> | null = null;
  private isDirty = false;
  private isClosed = false;

  constructor(
    private readonly write: () => Promise<void>,
    private readonly clock: Clock,
    private readonly onMissed: (thrown: unknown) => void,
  ) {}

  /** There is something new. */
  save(): void {
    this.isDirty = true;
    this.writing ??= this.run().finally(() => {
      this.writing = null;
    });
  }

  /** Tries for the last time what is still to be written. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.writing;
  }

  private async run(): Promise<void> {
    while (this.isDirty) {
      this.isDirty = false;
      try {
        await this.write();
      } catch (thrown) {
        this.onMissed(thrown);
        if (this.isClosed) return;
        this.isDirty = true;
        await new Promise<void>((resolve) => void this.clock.after(AGAIN_MS, resolve));
      }
    }
  }
}
