export type DocumentKind = 'agent' | 'routes';
/** `removed` stands for the end of what was stored through the API. */
export type DocumentOrigin = 'file' | 'api' | 'removed';

export interface VersionInfo {
  readonly kind: DocumentKind;
  /** Of the agent; empty for routes. */
  readonly name: string;
  /** Counts up from 1 for each name. */
  readonly version: number;
  readonly origin: DocumentOrigin;
  /** Who made it: an operator, or the file it came from. */
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface StoredVersion extends VersionInfo {
  /** JSON text with its keys in order; empty where `origin` is `removed`. */
  readonly content: string;
}

export interface NewVersion {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly origin: DocumentOrigin;
  readonly content: string;
  readonly by: string;
  readonly at: number;
}

/** Keeps every version of every document. Versions are only ever added. Each method rejects while the store is away. */
export interface DocumentShelf {
  /** Grows with each version, whoever added it. */
  size(): Promise<number>;
  /** Of each document the newest version from a file, and the newest from the API or its removal. */
  newest(): Promise<readonly StoredVersion[]>;
  /** Adds a version, unless the newest of the same source says the same already: then that one is given. */
  add(version: NewVersion): Promise<StoredVersion>;
  find(kind: DocumentKind, name: string, version: number): Promise<StoredVersion | null>;
  /** Newest first. */
  versions(kind: DocumentKind, name: string): Promise<readonly VersionInfo[]>;
}

/** What comes from the API and what comes from files are two histories that share one count. */
export function source(origin: DocumentOrigin): 'file' | 'api' {
  return origin === 'file' ? 'file' : 'api';
}

export function sameContent(newest: StoredVersion | undefined, next: NewVersion): boolean {
  return newest?.origin === next.origin && newest.content === next.content;
}

/** For a gateway without a store: versions are forgotten with the process. */
export class MemoryShelf implements DocumentShelf {
  private readonly kept: StoredVersion[] = [];

  async size(): Promise<number> {
    return this.kept.length;
  }

  async newest(): Promise<readonly StoredVersion[]> {
    const found = new Map<string, StoredVersion>();
    for (const one of this.kept) found.set(`${one.kind} ${one.name} ${source(one.origin)}`, one);
    return [...found.values()];
  }

  async add(next: NewVersion): Promise<StoredVersion> {
    const mine = this.kept.filter(({ kind, name }) => kind === next.kind && name === next.name);
    const newest = mine.findLast(({ origin }) => source(origin) === source(next.origin));
    if (newest !== undefined && sameContent(newest, next)) return newest;
    const added = { ...next, version: (mine.at(-1)?.version ?? 0) + 1 };
    this.kept.push(added);
    return added;
  }

  async find(kind: DocumentKind, name: string, version: number): Promise<StoredVersion | null> {
    return this.kept.find((one) => one.kind === kind && one.name === name && one.version === version) ?? null;
  }

  async versions(kind: DocumentKind, name: string): Promise<readonly VersionInfo[]> {
    return this.kept
      .filter((one) => one.kind === kind && one.name === name)
      .map(({ content, ...info }) => info)
      .reverse();
  }
}
