import type { Cancel, Clock, Log } from '#libs/contracts';
import type { Bucket } from './bucket.js';
import { notDelivered } from './errors.js';
import type { Shelf, Slot } from './shelf.js';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 5 * 60_000;

/**
 * Moves finished recordings from the disk to the bucket, one after the other. What cannot be delivered stays on disk and is tried
 * again, behind all others, later and later, and after a restart.
 */
export class Deliveries {
  private readonly waiting = new Map<string, Slot>();
  private isBusy = false;
  private waitMs = FIRST_WAIT_MS;
  private cancelWait: Cancel | null = null;

  constructor(
    private readonly shelf: Shelf,
    private readonly bucket: Bucket,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get pending(): number {
    return this.waiting.size;
  }

  add(slot: Slot): void {
    this.waiting.set(slot.callId, slot);
    if (this.cancelWait === null) void this.deliver();
  }

  /** It is not to be delivered any more; one that is on its way is deleted when it has arrived. */
  forget(callId: string): void {
    this.waiting.delete(callId);
  }

  private async deliver(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      for (const slot of this.waiting.values()) {
        await this.move(slot).catch((thrown: unknown) => {
          this.putBehind(slot);
          throw thrown;
        });
        this.waiting.delete(slot.callId);
        this.waitMs = FIRST_WAIT_MS;
      }
    } catch (thrown) {
      this.later(thrown);
    } finally {
      this.isBusy = false;
    }
  }

  private async move(slot: Slot): Promise<void> {
    const { shelf, bucket } = this;
    const sidecar = await shelf.sidecar(slot);
    const path = await shelf.soundOf(slot);
    // Deleted meanwhile, or there already.
    if (sidecar === null || path === null) return;
    const objectKey = bucket.keyOf(slot.callId);
    await bucket.put(objectKey, path);
    try {
      if (await this.isWanted(slot)) await shelf.note(slot, { ...sidecar, objectKey });
    } catch (thrown) {
      // The folder of its day goes with it.
      if (await this.isWanted(slot)) throw thrown;
    }
    // Whoever deletes it from now on finds in its note where it is; who did so before may have found nothing.
    if (await this.isWanted(slot)) await shelf.removeSound(slot);
    else {
      await bucket.remove(objectKey);
      await shelf.remove(slot);
    }
  }

  /** Not deleted meanwhile, by this process or by another on the same folder. */
  private async isWanted(slot: Slot): Promise<boolean> {
    return (await this.shelf.sidecar(slot)) !== null && this.waiting.has(slot.callId);
  }

  /** What cannot be delivered for a reason of its own must not hold up the others. */
  private putBehind(slot: Slot): void {
    if (this.waiting.delete(slot.callId)) this.waiting.set(slot.callId, slot);
  }

  private later(thrown: unknown): void {
    const { code, message, advice } = notDelivered(thrown);
    const { waitMs } = this;
    this.log.warn(
      { code, reason: message, advice, waiting: this.waiting.size, againInMs: waitMs },
      'Recordings wait on disk for their store.',
    );
    this.waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
    this.cancelWait = this.clock.after(waitMs, () => {
      this.cancelWait = null;
      void this.deliver();
    });
  }
}
