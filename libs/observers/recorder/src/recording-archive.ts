import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { OpenRecording, Recordings, RecoveredRecording } from '#libs/contracts';
import type { Bucket } from './bucket.js';
import type { CallRecorder } from './call-recorder.js';
import type { Deliveries } from './deliveries.js';
import type { Keeper } from './keeper.js';
import type { Shelf, Slot } from './shelf.js';

type Range = { readonly start: number; readonly end: number };

/** What was recorded, on disk or in the bucket, and what is being recorded. */
export class RecordingArchive implements Recordings {
  /** By the call's id. */
  readonly running = new Map<string, CallRecorder>();
  keeper: Keeper | null = null;

  constructor(
    private readonly shelf: Shelf,
    private readonly bucket: Bucket | null,
    private readonly deliveries: Deliveries | null,
  ) {}

  /** Of a running call: what is written so far. */
  async open(callId: string, range?: Range): Promise<OpenRecording | null> {
    const slot = await this.shelf.find(callId);
    if (slot === null) return null;
    const local = await this.openLocal(slot, range);
    if (local !== null || this.bucket === null) return local;
    const sidecar = await this.shelf.sidecar(slot);
    if (sidecar === null || sidecar.objectKey === null) return null;
    if (range !== undefined && range.start >= sidecar.bytes) return null;
    return this.bucket.get(sidecar.objectKey, range);
  }

  async size(callId: string): Promise<number | null> {
    const slot = await this.shelf.find(callId);
    if (slot === null) return null;
    const path = await this.shelf.soundOf(slot);
    if (path !== null) return (await stat(path)).size;
    const sidecar = await this.shelf.sidecar(slot);
    return sidecar === null || sidecar.objectKey === null ? null : sidecar.bytes;
  }

  /** False also while the call is being recorded: what is not finished cannot be deleted. */
  async remove(callId: string): Promise<boolean> {
    if (this.running.has(callId)) return false;
    const slot = await this.shelf.find(callId);
    if (slot === null) return false;
    await this.removeFrom(slot);
    return true;
  }

  isRunning(callId: string): boolean {
    return this.running.has(callId);
  }

  pause(callId: string, by: string): boolean {
    return this.running.get(callId)?.pause(by) ?? false;
  }

  resume(callId: string, by: string): boolean {
    return this.running.get(callId)?.resume(by) ?? false;
  }

  onRecovered(listener: (found: RecoveredRecording) => void): void {
    this.keeper?.onRecovered(listener);
  }

  /** The bucket's copy goes first, while it is known where it is. */
  async removeFrom(slot: Slot): Promise<void> {
    // First: what is noted of a delivery that goes on is not looked at any more.
    this.deliveries?.forget(slot.callId);
    const sidecar = await this.shelf.sidecar(slot);
    if (sidecar !== null && sidecar.objectKey !== null) await this.bucket?.remove(sidecar.objectKey);
    await this.shelf.remove(slot);
  }

  private async openLocal(slot: Slot, range?: Range): Promise<OpenRecording | null> {
    const path = await this.shelf.soundOf(slot);
    if (path === null) return null;
    const { size } = await stat(path);
    const start = range?.start ?? 0;
    const end = Math.min(range?.end ?? size - 1, size - 1);
    if (start > end) return null;
    return { bytes: end - start + 1, body: createReadStream(path, { start, end }) };
  }
}
