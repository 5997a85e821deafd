import type { Encoding, Speaker } from './sound.js';

/** Where sound is played, as the softphone and the listener need it: `Player` is one. */
export interface Loudspeaker {
  /** Of the loudspeaker's own clock. */
  readonly nowMs: number;
  readonly isRunning: boolean;
  /**
   * Sound in pieces of any size and any rate. `when`: the moment of `nowMs` at which it is due, and its time on the call's
   * clock; without it the pieces follow one another.
   */
  push(
    speaker: Speaker,
    encoding: Encoding,
    rate: number,
    bytes: Uint8Array,
    when?: { readonly dueMs: number; readonly atMs: number },
  ): void;
  /** `listen`'s function is called once everything that was pushed before was heard, or was dropped by `clear`. */
  mark(speaker: Speaker, name: string): void;
  clear(speaker: Speaker): void;
  /** Forgets sound of this time on the call's clock and later. */
  cut(speaker: Speaker, atMs: number): void;
  listen(onMarkHeard: (name: string, speaker: Speaker) => void): void;
}
