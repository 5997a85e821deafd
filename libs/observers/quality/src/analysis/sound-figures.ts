import type { QualityFigures } from '#libs/contracts';

/** What one track's samples alone can tell. */
export type SoundFigures = Omit<QualityFigures, 'echo' | 'arrival'>;

/** A stretch inside speech in which the sound was muted, repeated or torn. */
export interface Dropout {
  /** Since the first sample. */
  readonly atMs: number;
  readonly durationMs: number;
}
