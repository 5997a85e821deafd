import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readSidecar, type Sidecar, writeSidecar } from './sidecar.js';
import { repairWav, WavFile } from './wav-file.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Ids come from outside when a recording is asked for; nothing else becomes part of a path. */
const CALL_ID = /^[A-Za-z0-9_-]{1,128}$/;
const MOST_TRIES = 5;
const PART = '.wav.part';
const SIDECAR = '.json';

/** A recording's place on disk: `<folder>/<day>/<callId>.wav`, in UTC; `.wav.part` while its call runs. */
export interface Slot {
  readonly callId: string;
  /** Folder of the day. */
  readonly folder: string;
}

/** Recordings on disk. Methods reject as the file system does. */
export class Shelf {
  constructor(readonly folder: string) {}

  slot(callId: string, startedAt: number): Slot {
    return { callId, folder: join(this.folder, new Date(startedAt).toISOString().slice(0, 10)) };
  }

  partOf({ callId, folder }: Slot): string {
    return join(folder, callId + PART);
  }

  fileOf({ callId, folder }: Slot): string {
    return join(folder, `${callId}.wav`);
  }

  async begin(slot: Slot, sidecar: Sidecar): Promise<WavFile> {
    // First, so that there is no sound of which nobody knows until when it is kept.
    await this.noteFirst(slot, sidecar, MOST_TRIES);
    return WavFile.create(this.partOf(slot), sidecar.sampleRate);
  }

  /** The day's folder may just be going with what was its last recording. */
  private async noteFirst(slot: Slot, sidecar: Sidecar, tries: number): Promise<void> {
    await mkdir(slot.folder, { recursive: true, mode: 0o700 });
    try {
      await this.note(slot, sidecar);
    } catch (thrown) {
      if (tries <= 1 || (thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      await this.noteFirst(slot, sidecar, tries - 1);
    }
  }

  note(slot: Slot, sidecar: Sidecar): Promise<void> {
    return writeSidecar(this.sidecarOf(slot), sidecar);
  }

  sidecar(slot: Slot): Promise<Sidecar | null> {
    return readSidecar(this.sidecarOf(slot));
  }

  /** The recording is whole. */
  async finish(slot: Slot, sidecar: Sidecar): Promise<void> {
    await this.note(slot, sidecar);
    await rename(this.partOf(slot), this.fileOf(slot));
  }

  /** Newest day first. Null: there is none. */
  async find(callId: string): Promise<Slot | null> {
    if (!CALL_ID.test(callId)) return null;
    for (const folder of await this.days()) {
      const slot = { callId, folder };
      if (await exists(this.sidecarOf(slot))) return slot;
    }
    return null;
  }

  /** Where its sound is; null: not on this disk. */
  async soundOf(slot: Slot): Promise<string | null> {
    for (const path of [this.fileOf(slot), this.partOf(slot)]) if (await exists(path)) return path;
    return null;
  }

  async removeSound(slot: Slot): Promise<void> {
    await rm(this.fileOf(slot), { force: true });
    await rm(this.partOf(slot), { force: true });
  }

  async remove(slot: Slot): Promise<void> {
    await this.removeSound(slot);
    await rm(this.sidecarOf(slot), { force: true });
    // The day's folder goes with its last recording.
    await rmdir(slot.folder).catch(() => undefined);
  }

  /** All recordings, day by day, so that none but one day's names are in memory. */
  async *slots(): AsyncIterable<Slot> {
    for (const folder of await this.days()) {
      for (const name of await readdir(folder).catch(() => []))
        if (name.endsWith(SIDECAR)) yield { callId: name.slice(0, -SIDECAR.length), folder };
    }
  }

  /** Milliseconds since 1970 of the last change of a recording that was not finished; null where it was. */
  async unfinishedSince(slot: Slot): Promise<number | null> {
    const found = await stat(this.partOf(slot)).catch(() => null);
    return found?.mtimeMs ?? null;
  }

  /** Finishes what a process left when it died. Null: there was no sound, and it is gone. */
  async recover(slot: Slot, endedAt: number): Promise<Sidecar | null> {
    const known = await this.sidecar(slot);
    const sound = await repairWav(this.partOf(slot));
    if (known === null || sound === null) {
      await this.remove(slot);
      return null;
    }
    const { keepForMs } = known;
    const deleteAt = keepForMs === null ? null : endedAt + keepForMs;
    const saved: Sidecar = { ...known, ...sound, state: 'saved', deleteAt };
    await this.finish(slot, saved);
    return saved;
  }

  private sidecarOf({ callId, folder }: Slot): string {
    return join(folder, callId + SIDECAR);
  }

  private async days(): Promise<string[]> {
    try {
      const names = await readdir(this.folder);
      return names
        .filter((name) => DAY.test(name))
        .sort()
        .reverse()
        .map((name) => join(this.folder, name));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw thrown;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
