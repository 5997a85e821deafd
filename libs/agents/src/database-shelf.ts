import type { Kysely } from 'kysely';
import type { Database, OpenDatabase } from '#libs/store';
import {
  type DocumentKind,
  type DocumentShelf,
  type NewVersion,
  type StoredVersion,
  sameContent,
  source,
  type VersionInfo,
} from './document-shelf.js';
import { errors } from './errors.js';

/** Two processes may want the same number at once; one of them tries again. */
const MOST_TRIES = 5;

/** Keeps versions in the database. Every method rejects with STORE_AWAY while it is away. */
export class DatabaseShelf implements DocumentShelf {
  constructor(private readonly database: OpenDatabase) {}

  size(): Promise<number> {
    return this.database.ask(async (db) => {
      const row = await db
        .selectFrom('agent_versions')
        .select((build) => build.fn.countAll().as('count'))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    });
  }

  newest(): Promise<readonly StoredVersion[]> {
    return this.database.ask(async (db) => {
      const tops = db
        .selectFrom('agent_versions')
        .select((build) => ['kind', 'name', 'source', build.fn.max('version').as('top')])
        .groupBy(['kind', 'name', 'source'])
        .as('tops');
      const rows = await db
        .selectFrom('agent_versions as one')
        .innerJoin(tops, (join) =>
          join
            .onRef('tops.kind', '=', 'one.kind')
            .onRef('tops.name', '=', 'one.name')
            .onRef('tops.top', '=', 'one.version'),
        )
        .select([
          'one.kind',
          'one.name',
          'one.version',
          'one.origin',
          'one.content',
          'one.made_by',
          'one.made_at',
        ])
        .execute();
      return rows.map(versionOf);
    });
  }

  async add(next: NewVersion): Promise<StoredVersion> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const added = await this.database.ask((db) => this.tryAdd(db, next));
      if (added !== null) return added;
    }
    throw errors.crowded();
  }

  find(kind: DocumentKind, name: string, version: number): Promise<StoredVersion | null> {
    return this.database.ask(async (db) => {
      const row = await db
        .selectFrom('agent_versions')
        .selectAll()
        .where('kind', '=', kind)
        .where('name', '=', name)
        .where('version', '=', version)
        .executeTakeFirst();
      return row === undefined ? null : versionOf(row);
    });
  }

  versions(kind: DocumentKind, name: string): Promise<readonly VersionInfo[]> {
    return this.database.ask(async (db) => {
      const rows = await db
        .selectFrom('agent_versions')
        .select(['kind', 'name', 'version', 'origin', 'made_by', 'made_at'])
        .where('kind', '=', kind)
        .where('name', '=', name)
        .orderBy('version', 'desc')
        .execute();
      return rows.map(infoOf);
    });
  }

  /** Null: somebody else took the number. */
  private async tryAdd(db: Kysely<Database>, next: NewVersion): Promise<StoredVersion | null> {
    const { kind, name, origin, content, by, at } = next;
    const mine = db
      .selectFrom('agent_versions')
      .selectAll()
      .where('kind', '=', kind)
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .limit(1);
    const same = await mine.where('source', '=', source(origin)).executeTakeFirst();
    const newest = same === undefined ? undefined : versionOf(same);
    if (newest !== undefined && sameContent(newest, next)) return newest;
    const last = await mine.executeTakeFirst();
    const version = (last?.version ?? 0) + 1;
    const row = { kind, name, version, source: source(origin), origin, content, made_by: by, made_at: at };
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('agent_versions')
      .values(row)
      .onConflict((conflict) => conflict.columns(['kind', 'name', 'version']).doNothing())
      .executeTakeFirst();
    return Number(numInsertedOrUpdatedRows) === 1 ? versionOf(row) : null;
  }
}

interface Row {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly version: number;
  readonly origin: VersionInfo['origin'];
  readonly made_by: string;
  readonly made_at: number;
}

function infoOf({ kind, name, version, origin, made_by: by, made_at: at }: Row): VersionInfo {
  return { kind, name, version, origin, by, at };
}

function versionOf(row: Row & { readonly content: string }): StoredVersion {
  return { ...infoOf(row), content: row.content };
}
