/** Something the other side did that the protocol forbids. */
export interface Breach {
  /** Twilio's own error code, or a name in capitals where the platform has none. */
  readonly code: string;
  readonly message: string;
  /** Since the call began, of the first one. */
  readonly atMs: number;
  readonly count: number;
}

/** Counts breaches by code and message, so that a thousand bad frames are one line. */
export class BreachList {
  private readonly found = new Map<string, { code: string; message: string; atMs: number; count: number }>();

  constructor(private readonly sinceStartMs: () => number) {}

  add(code: string, message: string): void {
    const key = `${code} ${message}`;
    const known = this.found.get(key);
    if (known) known.count++;
    else this.found.set(key, { code, message, atMs: this.sinceStartMs(), count: 1 });
  }

  list(): readonly Breach[] {
    return [...this.found.values()];
  }
}
