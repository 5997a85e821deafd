import { setImmediate as turn } from 'node:timers/promises';
import { StoppedTime } from './stopped-time.js';

/** In so many turns of the event loop a message has come over a socket, been answered, and the answer been acted upon. */
const TURNS = 12;

/**
 * Time that all parties of a test share, simulators and gateway, while the sockets between them are real. It goes on in steps, and
 * before each of them whatever is under way has its turns: however long the process or its machine stands still, it is no part of
 * what is measured.
 */
export class CalmTime extends StoppedTime {
  constructor(private readonly stepMs: number) {
    super();
  }

  /** Lets time pass until this is done. */
  async lastUntil<T>(doing: Promise<T>): Promise<T> {
    let isDone = false;
    const settle = () => {
      isDone = true;
    };
    doing.then(settle, settle);
    while (!isDone) {
      for (let i = 0; i < TURNS && !isDone; i++) await turn();
      if (!isDone) this.advance(this.stepMs);
    }
    return doing;
  }
}
