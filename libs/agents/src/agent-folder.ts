import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Cancel, Clock, Log } from '#libs/contracts';
import { SLUG } from './agent-document.dto.js';
import { isRecord } from './checks.js';
import type { DocumentKind } from './document-shelf.js';

/** What one file holds. */
export interface FolderEntry {
  readonly kind: DocumentKind;
  /** Of the agent: the file's name without its ending. Empty for routes.yaml. */
  readonly name: string;
  readonly path: string;
  /** Undefined where `problems` tells why it cannot be read. */
  readonly raw: unknown;
  readonly problems: readonly string[];
}

const LARGEST_FILE = 262_144;
const MOST_FILES = 2000;
/** Editors write a file in several steps. */
const SETTLE_MS = 50;
const ROUTES = 'routes';

/** Reads the folder of agents and says when something in it has changed. */
export class AgentFolder {
  private readonly twins = new Set<string>();
  private watcher: FSWatcher | null = null;
  private cancelSettling: Cancel | null = null;

  constructor(
    private readonly folder: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Every file as it is now, in the order of their names. A folder that is not there is empty. Rejects when it cannot be read. */
  async read(): Promise<readonly FolderEntry[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') {
        // One that is made anew is another folder to the system and must be watched anew.
        this.unwatch();
        return [];
      }
      throw error;
    });
    const files = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    const entries: FolderEntry[] = [];
    for (const file of files.slice(0, MOST_FILES)) {
      const entry = await this.readFile(file);
      if (entry === null) continue;
      const twin = entries.find(({ kind, name }) => kind === entry.kind && name === entry.name);
      if (twin === undefined) entries.push(entry);
      else this.tellTwin(entry.path, twin.path);
    }
    return entries;
  }

  /** `onChange` is called a moment after the last of several changes. Watching may fail silently on network drives: look in now and then. */
  watch(onChange: () => void): void {
    if (this.watcher !== null) return;
    try {
      this.watcher = watch(this.folder, { persistent: false }, () => {
        this.cancelSettling?.();
        this.cancelSettling = this.clock.after(SETTLE_MS, onChange);
      });
      this.watcher.on('error', () => this.unwatch());
    } catch (error) {
      this.log.debug(
        { folder: this.folder, code: (error as NodeJS.ErrnoException).code },
        'The folder of agents cannot be watched; it is looked through now and then.',
      );
    }
  }

  unwatch(): void {
    this.cancelSettling?.();
    this.watcher?.close();
    this.watcher = null;
  }

  private async readFile(file: string): Promise<FolderEntry | null> {
    const path = join(this.folder, file);
    const stem = file.replace(/\.ya?ml$/, '');
    const place =
      stem === ROUTES
        ? ({ kind: 'routes', name: '', path } as const)
        : ({ kind: 'agent', name: stem, path } as const);
    const wrong = (problem: string): FolderEntry => ({ ...place, raw: undefined, problems: [problem] });
    try {
      const { size } = await stat(path);
      if (size > LARGEST_FILE) return wrong(`The file is larger than ${LARGEST_FILE} bytes.`);
      if (!SLUG.test(stem))
        return wrong('The file must be named with small letters, digits and hyphens, at most 63, and .yaml.');
      return { ...place, ...parse(place, await readFile(path, 'utf8')) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Deleted since the folder was listed.
      return code === 'ENOENT' ? null : wrong(`The file cannot be read: ${code ?? String(error)}.`);
    }
  }

  private tellTwin(path: string, twin: string): void {
    if (this.twins.has(path)) return;
    this.twins.add(path);
    this.log.error(
      { file: path, instead: twin },
      'Two files have the same name but for the ending; this one is not read.',
    );
  }
}

type Parsed = Pick<FolderEntry, 'raw' | 'problems'>;

function parse({ kind, name }: Pick<FolderEntry, 'kind' | 'name'>, text: string): Parsed {
  const document = parseDocument(text);
  const problems = document.errors.map(({ message }) => `${message.split('\n', 1)[0]!.replace(/:$/, '')}.`);
  if (problems.length > 0) return { raw: undefined, problems };
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    // Aliases that unfold without end.
    return { raw: undefined, problems: [`${(error as Error).message}.`] };
  }
  if (kind === 'routes') return { raw: raw ?? [], problems: [] };
  if (!isRecord(raw)) return { raw: undefined, problems: ['An agent must be a list of "key: value" lines.'] };
  if ((raw.name ?? name) !== name)
    return { raw: undefined, problems: [`name must be ${name}, as the file is, or left out.`] };
  return { raw: { ...raw, name }, problems: [] };
}
