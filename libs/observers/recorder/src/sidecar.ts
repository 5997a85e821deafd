import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** What is known of a recording beside its sound: a JSON file of the same name, as long as the recording is kept. */
export interface Sidecar {
  readonly callId: string;
  readonly agent: string;
  /** Milliseconds since 1970, as all that end in `At`. */
  readonly startedAt: number;
  /** Null: never. */
  readonly keepForMs: number | null;
  readonly deleteAt: number | null;
  readonly state: 'running' | 'saved';
  readonly sampleRate: number;
  readonly durationMs: number;
  readonly bytes: number;
  /** Name of the object in the bucket once it is there, and no longer on disk. */
  readonly objectKey: string | null;
}

export async function readSidecar(path: string): Promise<Sidecar | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Sidecar;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT' || thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}

/** Old or new, never half. */
export async function writeSidecar(path: string, sidecar: Sidecar): Promise<void> {
  const fresh = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(fresh, `${JSON.stringify(sidecar)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(fresh, path);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown;
  }
}
