import type { Clock, Log, RecoveredRecording } from '#libs/contracts';
import { writeFailed } from './errors.js';
import type { Shelf, Slot } from './shelf.js';

const SWEEP_EVERY_MS = 3_600_000;
/** A recording that runs is written to more often than this, also by another process on the same folder. */
const DEAD_AFTER_MS = 10_000;
/** Looks again for what was too fresh at the start, as after a restart within a second. */
const LOOK_AGAIN_MS = 15_000;

export interface KeeperOptions {
  readonly shelf: Shelf;
  readonly clock: Clock;
  readonly log: Log;
  readonly wallMs: () => number;
  /** The call is being recorded by this process. */
  readonly isRunning: (callId: string) => boolean;
  /** Whole, and on disk. */
  readonly onSaved: (slot: Slot) => void;
  readonly remove: (slot: Slot) => Promise<void>;
}

/** At the start and once an hour: finishes what a dying process left, and deletes what was kept long enough. */
export class Keeper {
  private readonly found: RecoveredRecording[] = [];
  private listener: ((found: RecoveredRecording) => void) | null = null;
  private sweeping: Promise<void> | null = null;

  constructor(private readonly options: KeeperOptions) {
    const { clock } = options;
    void this.sweep();
    clock.after(LOOK_AGAIN_MS, () => void this.sweep());
    clock.every(SWEEP_EVERY_MS, () => void this.sweep());
  }

  onRecovered(listener: (found: RecoveredRecording) => void): void {
    this.listener = listener;
    for (const found of this.found.splice(0)) listener(found);
  }

  /** Never rejects. One at a time. */
  sweep(): Promise<void> {
    this.sweeping ??= this.lookAtAll().finally(() => {
      this.sweeping = null;
    });
    return this.sweeping;
  }

  private async lookAtAll(): Promise<void> {
    try {
      for await (const slot of this.options.shelf.slots()) await this.lookAt(slot);
    } catch (thrown) {
      this.tell(thrown);
    }
  }

  private async lookAt(slot: Slot): Promise<void> {
    const { shelf, wallMs, isRunning, onSaved, remove } = this.options;
    if (isRunning(slot.callId)) return;
    try {
      const sidecar = await shelf.sidecar(slot);
      const changedAt = await shelf.unfinishedSince(slot);
      if (changedAt !== null) {
        if (wallMs() - changedAt >= DEAD_AFTER_MS) await this.recover(slot, changedAt);
        return;
      }
      if (sidecar === null) return;
      if (sidecar.deleteAt !== null && sidecar.deleteAt <= wallMs()) {
        await remove(slot);
        this.options.log.info({ callId: slot.callId }, 'A recording was kept long enough and is deleted.');
      } else if (sidecar.objectKey === null && sidecar.state === 'saved') onSaved(slot);
      // It had no sound yet when its process died, or the disk took nothing.
      else if (sidecar.state === 'running' && wallMs() - sidecar.startedAt >= DEAD_AFTER_MS)
        await remove(slot);
    } catch (thrown) {
      this.tell(thrown, slot.callId);
    }
  }

  private async recover(slot: Slot, changedAt: number): Promise<void> {
    const saved = await this.options.shelf.recover(slot, changedAt);
    if (saved === null) return;
    const { callId, sampleRate, durationMs, bytes } = saved;
    this.options.log.warn({ callId, durationMs }, 'A recording was left unfinished and is whole now.');
    this.options.onSaved(slot);
    const found: RecoveredRecording = { callId, state: 'saved', sampleRate, durationMs, bytes };
    if (this.listener === null) this.found.push(found);
    else this.listener(found);
  }

  private tell(thrown: unknown, callId?: string): void {
    const { code, message, advice } = writeFailed(thrown);
    this.options.log.error(
      { code, reason: message, advice, callId },
      'Recordings could not be looked after.',
    );
  }
}
