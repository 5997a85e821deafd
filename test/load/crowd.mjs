import { setTimeout as later } from 'node:timers/promises';

/** Calls are dialled this far apart, so that their beginning does not pile up. */
const DIAL_EVERY_MS = 4;
const DIAL_TIMEOUT_MS = 20_000;

/** Many calls at once, of whatever platform, and what they have noted. */
export class Crowd {
  #place;
  #calls = [];
  #dialled = 0;
  /** `sent` and `heard`: pulses, as [number, moment]. `clears`: see twilio-callers.mjs. */
  #journal = { sent: [], heard: [], clears: [] };

  /** `place(options, number, journal)` begins one call. */
  constructor(place) {
    this.#place = place;
  }

  get answers() {
    return {
      dial: (options) => this.#dial(options),
      /** Frames since the calls began. */
      count: () => ({
        sent: this.#calls.reduce((sum, { sent }) => sum + sent, 0),
        heard: this.#calls.reduce((sum, { heard }) => sum + heard, 0),
      }),
      hangUp: () => this.#hangUp(),
      /** What was noted since it was last asked for. */
      journal: () => ({
        sent: this.#journal.sent.splice(0),
        heard: this.#journal.heard.splice(0),
        clears: this.#journal.clears.splice(0),
      }),
    };
  }

  /** Adds `calls` calls to those that run. Resolves when each of them hears the agent. */
  async #dial({ calls, ...options }) {
    const added = [];
    for (let i = 0; i < calls; i++) {
      added.push(this.#place(options, this.#dialled++, this.#journal));
      await later(DIAL_EVERY_MS);
    }
    this.#calls.push(...added);
    const untilMs = performance.now() + DIAL_TIMEOUT_MS;
    while (added.some(({ heard }) => heard === 0)) {
      if (performance.now() > untilMs) throw new Error('Some of the calls hear nothing.');
      await later(20);
    }
  }

  async #hangUp() {
    const leaving = this.#calls;
    this.#calls = [];
    for (const call of leaving) call.hangUp();
    await Promise.all(leaving.map(({ closed }) => closed));
  }
}
