import { Kysely, Migrator, PostgresDialect, SqliteDialect, sql } from 'kysely';
import type { Log } from '#libs/contracts';
import { asStoreError } from './database-error.js';
import { EmbeddedFile } from './embedded-file.js';
import { migrations } from './migrations/index.js';
import { postgresPool } from './postgres-pool.js';
import type { Database } from './schema.js';

export interface DatabaseOptions {
  /** `postgres://…`; null: the embedded database in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly log: Log;
}

/** The database of Patchbay. */
export interface OpenDatabase {
  readonly db: Kysely<Database>;
  readonly kind: 'libsql' | 'postgres';
  /**
   * Brings the tables up to date; once, however often it is asked. Several processes may ask at once. Rejects with STORE_AWAY while
   * the database cannot be reached; it may be asked again then.
   */
  ready(): Promise<void>;
  /** Asks once the tables are up to date. Rejects with what may cross a port: STORE_AWAY where it may work later, else STORE_FAILED. */
  ask<T>(question: (db: Kysely<Database>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens the database without asking it anything; Postgres may be away. Throws STORE_NO_FILE when the embedded one cannot be opened.
 */
export function openDatabase({ databaseUrl, dataDir, log }: DatabaseOptions): OpenDatabase {
  if (databaseUrl !== null) {
    const dialect = new PostgresDialect({ pool: postgresPool(databaseUrl, log) });
    return opened(new Kysely<Database>({ dialect }), 'postgres');
  }
  return opened(
    new Kysely<Database>({ dialect: new SqliteDialect({ database: new EmbeddedFile(dataDir) }) }),
    'libsql',
  );
}

function opened(db: Kysely<Database>, kind: OpenDatabase['kind']): OpenDatabase {
  let migrated: Promise<void> | null = null;
  const ready = () => {
    migrated ??= migrate(db, kind).catch((error) => {
      migrated = null;
      throw asStoreError(error);
    });
    return migrated;
  };
  const ask = async <T>(question: (db: Kysely<Database>) => Promise<T>): Promise<T> => {
    try {
      await ready();
      return await question(db);
    } catch (error) {
      throw asStoreError(error);
    }
  };
  return { db, kind, ready, ask, close: () => db.destroy() };
}

/** Postgres: a schema, a table, or what the catalogue has just said about either, is not there any more. */
const GONE: ReadonlySet<unknown> = new Set(['3F000', '42P01', 'XX000']);
const MOST_TRIES = 10;

/** kysely reads the catalogue of the whole database, and stumbles where somebody else drops a schema meanwhile. */
async function migrate(db: Kysely<Database>, kind: OpenDatabase['kind']): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await migrateOnce(db, kind);
    } catch (error) {
      if (!GONE.has((error as { code?: unknown } | null)?.code) || tries === MOST_TRIES) throw error;
    }
  }
}

async function migrateOnce(db: Kysely<Database>, kind: OpenDatabase['kind']): Promise<void> {
  const provider = { getMigrations: async () => ({ ...migrations }) };
  // Otherwise kysely takes the tables of another schema of the same database for its own.
  const schema = kind === 'postgres' ? { migrationTableSchema: await currentSchema(db) } : {};
  const { error } = await new Migrator({ db, provider, ...schema }).migrateToLatest();
  if (error !== undefined) throw error;
}

async function currentSchema(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ name: string | null }>`select current_schema() as name`.execute(db);
  return rows[0]?.name ?? 'public';
}
