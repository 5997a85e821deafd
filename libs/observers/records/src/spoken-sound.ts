import type { TrackSource } from '#libs/contracts';

interface Sound {
  /** Of the agent's track, when the utterance began: sound that had come before. */
  readonly beganAfterMs: number;
  /** When the caller heard its first sound; null: not known to have heard any. */
  heardAtMs: number | null;
  /** Holes in it. */
  starvedMs: number;
}

/** An utterance whose end nobody told is forgotten after so many later ones. */
const MOST_SOUNDS = 32;

/**
 * How much of the agent's last utterances a caller had heard who hung up in the middle of one: nobody tells that, so it is worked out by
 * the clock, as the gateway does where a platform has no marks.
 */
export class SpokenSound {
  private readonly sounds = new Map<string, Sound>();

  constructor(private readonly track: Pick<TrackSource, 'stats'>) {}

  began(itemId: string): void {
    this.sounds.set(itemId, { beganAfterMs: this.track.stats.durationMs, heardAtMs: null, starvedMs: 0 });
    if (this.sounds.size > MOST_SOUNDS) this.sounds.delete(this.sounds.keys().next().value!);
  }

  heard(itemId: string, atMs: number): void {
    const sound = this.sounds.get(itemId);
    if (sound !== undefined) sound.heardAtMs = atMs;
  }

  starved(itemId: string, forMs: number): void {
    const sound = this.sounds.get(itemId);
    if (sound !== undefined) sound.starvedMs += forMs;
  }

  /** It is told from elsewhere what was heard of it. */
  settled(itemId: string): void {
    this.sounds.delete(itemId);
  }

  /** What is open when the call ends, oldest first. */
  open(
    endedMs: number,
  ): readonly { readonly itemId: string; readonly heardMs: number; readonly sentMs: number }[] {
    const all = [...this.sounds];
    return all.map(([itemId, { beganAfterMs, heardAtMs, starvedMs }], i) => {
      const sentMs = Math.max(
        0,
        (all[i + 1]?.[1].beganAfterMs ?? this.track.stats.durationMs) - beganAfterMs,
      );
      const playedMs = heardAtMs === null ? 0 : endedMs - heardAtMs - starvedMs;
      return { itemId, sentMs, heardMs: Math.min(Math.max(playedMs, 0), sentMs) };
    });
  }
}
