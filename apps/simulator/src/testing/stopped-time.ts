import { ManualClock, until } from '#libs/testing';
import { FRAME_MS, Ticker } from '../call/ticker.js';

/**
 * Time of one call, to be given to it as `clock` and `ticker`, that passes only when a test lets it. Sockets stay real:
 * what is under way arrives while time stands still.
 */
export class StoppedTime {
  readonly clock = new ManualClock();
  readonly ticker = new Ticker(this.clock);

  advance(durationMs: number): void {
    this.clock.advance(durationMs);
  }

  /** Lets one frame after the other pass until the condition holds; sockets have their turn in between. */
  passUntil(condition: () => boolean, what: string): Promise<void> {
    return until(() => {
      if (!condition()) this.clock.advance(FRAME_MS);
      return condition();
    }, what);
  }

  /** Lets time pass for as long as this takes. */
  async passWhile<T>(doing: Promise<T>, what: string): Promise<T> {
    let done = false;
    const settle = () => {
      done = true;
    };
    doing.then(settle, settle);
    await this.passUntil(() => done, what);
    return doing;
  }
}
