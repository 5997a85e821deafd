import type { Log } from '#libs/contracts';
import type { DocumentKind, DocumentShelf, StoredVersion, VersionInfo } from './document-shelf.js';
import { DocumentRefused } from './errors.js';
import type { Notes } from './notes.js';
import type { Author } from './ports.js';
import { canonical } from './read-document.js';
import { hideSecrets, restoreSecrets } from './secrets.js';

/** A document that was read and found right, and waits for its number. */
export interface Draft<T> {
  readonly name: string;
  numbered(version: number): T;
}

export interface RegisterParts<T> {
  readonly kind: DocumentKind;
  /** Adds to `problems` what is wrong; null if anything is. */
  readonly read: (raw: unknown, author: Author, problems: string[]) => Draft<T> | null;
  /** Makes the error of what was refused. */
  readonly refused: (problems: readonly string[]) => DocumentRefused;
  readonly shelf: DocumentShelf;
  readonly notes: Notes;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One version of one document. */
interface Held<T> {
  readonly info: VersionInfo;
  /** As it was written, secrets included; and the same as JSON text with its keys in order. */
  readonly raw: unknown;
  readonly content: string;
  readonly made: T;
}

/** A version as people see it. */
export interface DocumentView extends VersionInfo {
  /** As it was written, without defaults; secrets are hidden. Null: a removal. */
  readonly document: unknown;
}

/**
 * The documents of one kind that are in use. One may come from a file and from the API at once; the API's is the later wish and wins
 * until it is removed. What is read here is never waited for; what changes must not run twice at once.
 */
export class Register<T> {
  private readonly file = new Map<string, Held<T>>();
  private readonly api = new Map<string, Held<T>>();
  /** What the store remembers of files, in place of those that are wrong from the start. */
  private readonly remembered = new Map<string, StoredVersion>();

  constructor(private readonly parts: RegisterParts<T>) {}

  get(name: string): T | undefined {
    return this.held(name)?.made;
  }

  view(name: string): DocumentView | null {
    const held = this.held(name);
    return held === undefined ? null : { ...held.info, document: hideSecrets(held.raw) };
  }

  names(): readonly string[] {
    return [...new Set([...this.api.keys(), ...this.file.keys()])].sort();
  }

  /** Throws DocumentRefused. Without a number: for what must be there before anything can be waited for. */
  useAtOnce(name: string, path: string, raw: unknown): void {
    const draft = this.draft(raw, 'file');
    this.file.set(name, this.fromFile(name, path, raw, 0, draft));
  }

  /** A file's document as it is now. What is wrong goes to the notes, and what was good before stays. */
  async takeFile(name: string, path: string, raw: unknown): Promise<void> {
    const { kind, shelf, notes, log, now } = this.parts;
    const content = canonical(raw);
    const held = this.file.get(name);
    const known = held !== undefined && held.content === content && held.info.by === path;
    if (known && held.info.version > 0) return notes.clear(path);
    let draft: Draft<T>;
    try {
      draft = this.draft(raw, 'file');
    } catch (thrown) {
      return this.refuseFile(name, path, problemsOf(thrown));
    }
    notes.clear(path);
    // Without the store the version has no number yet; it gets one when the folder is looked through again.
    const version = await shelf.add({ kind, name, origin: 'file', content, by: path, at: now() }).then(
      (stored) => stored.version,
      () => 0,
    );
    if (version === 0 && known) return;
    this.file.set(name, this.fromFile(name, path, raw, version, draft));
    log.info({ kind, name, version, file: path }, 'A document was read from a file.');
  }

  /** A file that cannot be taken. */
  refuseFile(name: string, path: string, problems: readonly string[]): void {
    this.parts.notes.put(path, problems);
    const one = this.remembered.get(name);
    if (one === undefined || this.file.has(name)) return;
    try {
      this.file.set(name, this.fromStore(one));
    } catch (thrown) {
      this.parts.notes.put(`${path}, as it was before`, problemsOf(thrown));
    }
  }

  /** Forgets files that are gone. Calls that run keep what they began with. */
  keepFiles(names: ReadonlySet<string>): void {
    for (const name of this.file.keys()) {
      if (names.has(name)) continue;
      this.file.delete(name);
      this.parts.log.info({ kind: this.parts.kind, name }, 'A document went with its file.');
    }
  }

  /** A newest version as the store has it. */
  takeStored(one: StoredVersion): void {
    const { kind, notes } = this.parts;
    const { name, origin, version } = one;
    if (origin === 'file') {
      this.remembered.set(name, one);
      return;
    }
    const at = `stored ${kind}${name === '' ? '' : ` ${name}`}`;
    if (origin === 'removed') {
      this.api.delete(name);
      notes.clear(at);
    } else if (this.api.get(name)?.info.version !== version) {
      try {
        this.api.set(name, this.fromStore(one));
        notes.clear(at);
      } catch (thrown) {
        notes.put(at, problemsOf(thrown));
      }
    }
  }

  /** Rejects with DocumentRefused, or as the shelf does; nothing has changed then. */
  async put(raw: unknown, before: string | null, by: string): Promise<DocumentView> {
    const { kind, shelf, log, now } = this.parts;
    const problems: string[] = [];
    const whole = restoreSecrets(raw, before === null ? undefined : this.held(before)?.raw, problems);
    if (problems.length > 0) throw this.parts.refused(problems);
    const draft = this.draft(whole, 'api');
    const { name } = draft;
    const next = { kind, name, origin: 'api', content: canonical(whole), by, at: now() } as const;
    const { content, ...info } = await shelf.add(next);
    this.api.set(name, { info, raw: whole, content, made: draft.numbered(info.version) });
    log.info({ kind, name, version: info.version, by }, 'A document was stored through the API.');
    return this.view(name)!;
  }

  /** Takes away what the API stored; a file of the same name answers again. False: the API has stored none. */
  async remove(name: string, by: string): Promise<boolean> {
    const { kind, shelf, log, now } = this.parts;
    if (!this.api.has(name)) return false;
    await shelf.add({ kind, name, origin: 'removed', content: '', by, at: now() });
    this.api.delete(name);
    log.info({ kind, name, by }, 'What was stored through the API was removed.');
    return true;
  }

  /** The one in use, or any version of it. Rejects as the shelf does. */
  async find(name: string, version?: number): Promise<DocumentView | null> {
    const current = this.view(name);
    if (version === undefined || version === current?.version) return current;
    const one = await this.parts.shelf.find(this.parts.kind, name, version);
    if (one === null) return null;
    const { content, ...info } = one;
    return { ...info, document: content === '' ? null : hideSecrets(JSON.parse(content)) };
  }

  versions(name: string): Promise<readonly VersionInfo[]> {
    return this.parts.shelf.versions(this.parts.kind, name);
  }

  private held(name: string): Held<T> | undefined {
    return this.api.get(name) ?? this.file.get(name);
  }

  private draft(raw: unknown, author: Author): Draft<T> {
    const problems: string[] = [];
    restoreSecrets(raw, undefined, problems);
    const draft = this.parts.read(raw, author, problems);
    if (draft === null || problems.length > 0) throw this.parts.refused(problems);
    return draft;
  }

  private fromFile(name: string, path: string, raw: unknown, version: number, draft: Draft<T>): Held<T> {
    const info = {
      kind: this.parts.kind,
      name,
      version,
      origin: 'file',
      by: path,
      at: this.parts.now(),
    } as const;
    return { info, raw, content: canonical(raw), made: draft.numbered(version) };
  }

  private fromStore({ content, ...info }: StoredVersion): Held<T> {
    const raw: unknown = JSON.parse(content);
    const draft = this.draft(raw, info.origin === 'file' ? 'file' : 'api');
    return { info, raw, content, made: draft.numbered(info.version) };
  }
}

function problemsOf(thrown: unknown): readonly string[] {
  if (thrown instanceof DocumentRefused) return thrown.problems;
  return [thrown instanceof Error ? thrown.message : String(thrown)];
}
