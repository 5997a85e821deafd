import { dbovFromPower } from '#libs/audio';
import type { AudioFrame, AudioTap, EventRouter, Track, Unsubscribe } from '#libs/contracts';

/** Intervals that the agent's sound may lie in the future; what is later is not shown. */
const SLOTS = 512;

/** How loud a track is, interval by interval of the gateway's clock, at the time at which it is heard. */
export class LevelMeter implements AudioTap {
  private readonly power = new Float64Array(SLOTS);
  private readonly samples = new Float64Array(SLOTS);
  private readonly untap: Unsubscribe;

  /** `firstSlot`: intervals before it have been told. */
  constructor(
    router: EventRouter,
    track: Track,
    private readonly intervalMs: number,
    private nextSlot: number,
  ) {
    this.untap = router.audio(track).tap(this);
  }

  push({ samples, timestampMs }: AudioFrame): void {
    // Sound of the caller counts where it arrived, which is at most a frame too late to be seen.
    const slot = Math.max(this.nextSlot, Math.floor(timestampMs / this.intervalMs));
    if (slot >= this.nextSlot + SLOTS) return;
    let power = 0;
    for (let i = 0; i < samples.length; i++) power += samples[i]! * samples[i]!;
    this.power[slot % SLOTS]! += power;
    this.samples[slot % SLOTS]! += samples.length;
  }

  cut(atMs: number): void {
    const from = Math.max(this.nextSlot, Math.ceil(atMs / this.intervalMs));
    for (let slot = from; slot < this.nextSlot + SLOTS; slot++) this.clear(slot);
  }

  /** Level of the newest whole interval before this one; null without sound. Earlier ones are forgotten. */
  take(currentSlot: number): number | null {
    const told = currentSlot - 1;
    if (told < this.nextSlot) return null;
    const samples = this.samples[told % SLOTS]!;
    const level = samples === 0 ? null : dbovFromPower(this.power[told % SLOTS]! / samples);
    const last = Math.min(told, this.nextSlot + SLOTS - 1);
    for (let slot = this.nextSlot; slot <= last; slot++) this.clear(slot);
    this.nextSlot = currentSlot;
    return level === null ? null : Math.round(level * 10) / 10;
  }

  close(): void {
    this.untap();
  }

  private clear(slot: number): void {
    this.power[slot % SLOTS] = 0;
    this.samples[slot % SLOTS] = 0;
  }
}
