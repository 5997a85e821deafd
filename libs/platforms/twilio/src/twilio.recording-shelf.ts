import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is known of one of Twilio's recordings: a JSON file, beside its sound once that is here. */
export interface RecordingNote {
  readonly callSid: string;
  readonly recordingSid: string;
  /**
   * `running`: begun by the gateway. `holding`: a pause was ordered and is not confirmed; complete in
   * this state, it is `unwanted`. `wanted`: complete at Twilio, to be fetched. `kept`: its sound is here, or is too large and stays
   * at Twilio. `unwanted`: to be deleted at Twilio, and never fetched. `gone`: nothing is left to do; noted for a day, since callbacks
   * come late and twice.
   */
  readonly state: 'running' | 'holding' | 'wanted' | 'kept' | 'unwanted' | 'gone';
  /** When it came to be in this state; `kept` since it was wanted. Milliseconds since 1970. */
  readonly sinceAt: number;
  readonly channels: number;
  /** The gateway began it, and may delete it at Twilio. */
  readonly ours: boolean;
  /** Null: the agent sets no time. */
  readonly keepForMs: number | null;
}

/** Which recording, and what the gateway has noted of it or would note. */
export type Known = Pick<RecordingNote, 'callSid' | 'recordingSid' | 'ours' | 'keepForMs'>;

type Ids = Pick<RecordingNote, 'callSid' | 'recordingSid'>;

const SOUND = '.wav';
const NOTE = '.json';
const PART = '.part';
const REFUSED = '.refused';
/** No download lasts so long: its process died. */
const PART_DEAD_AFTER_MS = 3_600_000;
/** A call may last a day, and its callback comes after it. */
const REFUSED_MS = 2 * 86_400_000;
const SID = /^[A-Z]{2}\w{1,62}$/;

/** Ids come from outside; nothing else becomes part of a path. */
export const isSid = (text: string): boolean => SID.test(text);

/** Twilio has not told yet that it is complete. */
export const isUnderWay = ({ state }: RecordingNote): boolean => state === 'running' || state === 'holding';

/** Twilio's recordings on disk: `<CallSid>.<RecordingSid>.wav` and `.json`. Methods reject as the file system does. */
export class RecordingShelf {
  constructor(private readonly folder: string) {}

  /** Old or new, never half. */
  async write(note: RecordingNote): Promise<void> {
    const path = this.path(note, NOTE);
    const fresh = `${path}.${randomUUID()}${PART}`;
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    try {
      await writeFile(fresh, `${JSON.stringify(note)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(fresh, path);
    } catch (thrown) {
      await rm(fresh, { force: true });
      throw thrown;
    }
  }

  /** Null: nothing is known of it. */
  read(ids: Ids): Promise<RecordingNote | null> {
    return this.readPath(this.path(ids, NOTE));
  }

  all(): Promise<readonly RecordingNote[]> {
    return this.notes(() => true);
  }

  ofCall(callSid: string): Promise<readonly RecordingNote[]> {
    return this.notes((name) => name.startsWith(`${callSid}.`));
  }

  /** A place for sound that is being fetched; it has its name when it is complete. */
  async newPart(ids: Ids): Promise<string> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    return `${this.path(ids, SOUND)}.${randomUUID()}${PART}`;
  }

  putSound(ids: Ids, part: string): Promise<void> {
    return rename(part, this.path(ids, SOUND));
  }

  removePart(part: string): Promise<void> {
    return rm(part, { force: true });
  }

  removeSound(ids: Ids): Promise<void> {
    return rm(this.path(ids, SOUND), { force: true });
  }

  removeNote(ids: Ids): Promise<void> {
    return rm(this.path(ids, NOTE), { force: true });
  }

  /** Sound without a note, as an earlier version left it. */
  async unnoted(): Promise<readonly string[]> {
    const names = await this.names();
    const noted = new Set(
      names.filter((name) => name.endsWith(NOTE)).map((name) => name.slice(0, -NOTE.length)),
    );
    return names.filter((name) => name.endsWith(SOUND) && !noted.has(name.slice(0, -SOUND.length)));
  }

  /** What downloads left that never ended, and marks of calls of which nothing more comes. */
  async removeDead(nowAt: number): Promise<void> {
    const names = await this.names();
    const ending = (end: string) => names.filter((name) => name.endsWith(end));
    await this.removeOlder(ending(PART), nowAt - PART_DEAD_AFTER_MS);
    await this.removeOlder(ending(REFUSED), nowAt - REFUSED_MS);
  }

  /** Of this call nothing is to be kept that has no note. */
  async refuse(callSid: string): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(join(this.folder, callSid + REFUSED), '', { mode: 0o600 });
  }

  async isRefused(callSid: string): Promise<boolean> {
    return (await this.names()).includes(callSid + REFUSED);
  }

  /** Those that were last changed by then. Returns how many. */
  async removeOlder(names: readonly string[], untilAt: number): Promise<number> {
    let removed = 0;
    for (const name of names) {
      const found = await stat(join(this.folder, name)).catch(() => null);
      if (found === null || found.mtimeMs > untilAt) continue;
      await this.removeFile(name);
      removed++;
    }
    return removed;
  }

  removeFile(name: string): Promise<void> {
    return rm(join(this.folder, name), { force: true });
  }

  private async notes(isMeant: (name: string) => boolean): Promise<readonly RecordingNote[]> {
    const notes: RecordingNote[] = [];
    for (const name of await this.names()) {
      if (!name.endsWith(NOTE) || !isMeant(name)) continue;
      const note = await this.readPath(join(this.folder, name));
      if (note !== null) notes.push(note);
    }
    return notes;
  }

  private async readPath(path: string): Promise<RecordingNote | null> {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as RecordingNote;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT' || thrown instanceof SyntaxError) return null;
      throw thrown;
    }
  }

  private async names(): Promise<readonly string[]> {
    try {
      return await readdir(this.folder);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw thrown;
    }
  }

  private path({ callSid, recordingSid }: Ids, ending: string): string {
    return join(this.folder, `${callSid}.${recordingSid}${ending}`);
  }
}
