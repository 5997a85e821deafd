import { DROP_REASONS, type EventRouter, type Track } from '#libs/contracts';

/** Turns the paths' running drop counts into events, one per track and reason since the last time. */
export class DropReport {
  private readonly told = new Map<string, number>();

  constructor(
    private readonly router: EventRouter,
    private readonly tracks: readonly Track[],
  ) {}

  publish(): void {
    for (const track of this.tracks) {
      const { dropped } = this.router.audio(track).stats;
      for (const reason of DROP_REASONS) {
        const key = `${track} ${reason}`;
        const frames = dropped[reason] - (this.told.get(key) ?? 0);
        if (frames === 0) continue;
        this.told.set(key, dropped[reason]);
        this.router.publish('audio.dropped', { track, reason, frames });
      }
    }
  }
}
