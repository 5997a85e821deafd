import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Log } from '#libs/contracts';
import { type OpenDatabase, openDatabase } from '../open-database.js';

const URL_OF_POSTGRES =
  process.env.TEST_DATABASE_URL ?? `postgres://${userInfo().username}@127.0.0.1:5432/test`;

export interface TestPlace {
  readonly dataDir: string;
  /** With a schema of this place's own; null: embedded. */
  readonly databaseUrl: string | null;
  /** Opened and migrated; closed with the place. */
  open(log: Log): Promise<OpenDatabase>;
  close(): Promise<void>;
}

export interface TestDatabase {
  readonly name: 'libsql' | 'postgres';
  place(): Promise<TestPlace>;
}

/**
 * For `describe.each`: the embedded database, and Postgres where one answers. Otherwise says that it was skipped.
 */
export async function testDatabases(): Promise<readonly TestDatabase[]> {
  const libsql: TestDatabase = { name: 'libsql', place: () => place(null) };
  if (await answers(URL_OF_POSTGRES))
    return [libsql, { name: 'postgres', place: () => place(URL_OF_POSTGRES) }];
  console.warn(
    'Skipped: no Postgres answers (TEST_DATABASE_URL), so the tests run on the embedded database only.',
  );
  return [libsql];
}

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 5432), timeout: 1000 });
    const done = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.once('timeout', () => done(false));
  });
}

async function place(postgres: string | null): Promise<TestPlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-store-'));
  const schema = `patchbay_${randomBytes(6).toString('hex')}`;
  if (postgres !== null) await asked(postgres, `create schema ${schema}`);
  // What a test writes need not survive the server, so nothing waits until a disk that others use as well has taken it.
  const options = `-c search_path=${schema} -c synchronous_commit=off`;
  const databaseUrl = postgres === null ? null : `${postgres}?options=${encodeURIComponent(options)}`;
  const open: OpenDatabase[] = [];
  return {
    dataDir,
    databaseUrl,
    async open(log) {
      const database = openDatabase({ databaseUrl, dataDir, log });
      open.push(database);
      await database.ready();
      return database;
    },
    async close() {
      for (const database of open) await database.close();
      if (postgres !== null) await asked(postgres, `drop schema ${schema} cascade`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function asked(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
