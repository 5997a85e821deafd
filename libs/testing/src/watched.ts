/** Lets a spec wait for what it watches, without a timer. */
export class Watched {
  private readonly waiting = new Set<() => void>();

  changed(): void {
    for (const check of this.waiting) check();
  }

  until(isThere: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!isThere()) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }
}
