import type { Echo } from '#libs/contracts';

/** Our own voice coming back in the caller's track. */
export class EchoMeter {
  private found: Echo | null = null;

  constructor(
    readonly callerRate: number,
    readonly agentRate: number,
  ) {}

  get echo(): Echo | null {
    return this.found;
  }

  caller(_samples: Int16Array, _atMs: number): void {
    this.found = null;
  }

  agent(_samples: Int16Array, _atMs: number): void {
    this.found = null;
  }

  cut(_atMs: number): void {
    this.found = null;
  }
}
