import { sql } from 'kysely';
import { isRefusal } from './database-error.js';
import type { OpenDatabase } from './open-database.js';

/**
 * Writes rows that wait, by `write`, which takes all of them or none. Rows that the database will never take are left out, and what it
 * said about each of them is returned. Without rows it only asks whether the database is there. Rejects when it is away.
 */
export async function writeTakeable<R>(
  database: OpenDatabase,
  rows: readonly R[],
  write: (rows: readonly R[]) => Promise<void>,
): Promise<readonly unknown[]> {
  await database.ready();
  if (rows.length > 0) return inHalves(rows, write);
  await sql`select 1`.execute(database.db);
  return [];
}

async function inHalves<R>(
  rows: readonly R[],
  write: (rows: readonly R[]) => Promise<void>,
): Promise<readonly unknown[]> {
  try {
    await write(rows);
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (rows.length === 1) return [error];
  }
  const half = rows.length >> 1;
  return [...(await inHalves(rows.slice(0, half), write)), ...(await inHalves(rows.slice(half), write))];
}
