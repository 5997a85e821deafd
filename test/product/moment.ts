/** Something that many wait for and that comes once. */
export class Moment {
  readonly came: Promise<void>;
  private resolve!: () => void;

  constructor() {
    this.came = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  comes(): void {
    this.resolve();
  }
}
