import type { Speaker } from './sound.js';

/** What the page tells the player's own thread. Samples are at the context's rate, times in its samples. */
export type ToPlayback =
  | {
      readonly type: 'sound';
      readonly speaker: Speaker;
      readonly samples: Float32Array;
      readonly due: number | null;
      readonly atMs: number | null;
    }
  | { readonly type: 'mark'; readonly speaker: Speaker; readonly name: string }
  | { readonly type: 'clear'; readonly speaker: Speaker }
  | { readonly type: 'cut'; readonly speaker: Speaker; readonly atMs: number }
  | { readonly type: 'mix'; readonly speaker: Speaker; readonly gain: number; readonly pan: number }
  | { readonly type: 'latency'; readonly samples: number };

/** What it tells the page. */
export type FromPlayback =
  | { readonly type: 'heard'; readonly speaker: Speaker; readonly name: string }
  | {
      readonly type: 'state';
      /** By speaker, in the order of `SPEAKERS`. */
      readonly dbov: readonly number[];
      readonly depthMs: readonly number[];
      readonly holes: readonly number[];
      readonly playedSamples: readonly number[];
    };
