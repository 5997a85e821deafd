import { nowMs } from './answer.mjs';

/** Mu-law at 8 kHz. */
const BYTES_PER_MS = 8;

/**
 * What Twilio does with the sound it is sent: plays it in one line from the moment it comes, echoes a mark when all sound
 * before it has been played, and on "clear" forgets the rest and echoes the marks that wait.
 */
export class TwilioPlayer {
  #echo;
  #receivedMs = 0;
  #emptyAtMs = 0;
  #marks = [];

  constructor(echo) {
    this.#echo = echo;
  }

  media(payload) {
    const durationMs = Buffer.byteLength(payload, 'base64') / BYTES_PER_MS;
    this.#receivedMs += durationMs;
    this.#emptyAtMs = Math.max(this.#emptyAtMs, nowMs()) + durationMs;
  }

  mark(name) {
    this.#marks.push({ name, atMs: this.#emptyAtMs });
    this.step();
  }

  /** Echoes what has come due. To be called every few milliseconds. */
  step() {
    while (this.#marks.length > 0 && this.#marks[0].atMs <= nowMs()) this.#echo(this.#marks.shift().name);
  }

  /** Returns how much of what came since the last "clear" has been played. */
  clear() {
    const playedMs = this.#receivedMs - Math.max(0, this.#emptyAtMs - nowMs());
    for (const { name } of this.#marks) this.#echo(name);
    this.#marks = [];
    this.#receivedMs = 0;
    this.#emptyAtMs = 0;
    return playedMs;
  }
}
