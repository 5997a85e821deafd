import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Log } from '#libs/contracts';
import { isAnswerOfPostgres } from './database-error.js';

const MOST_CONNECTIONS = 8;
const CONNECT_WITHIN_MS = 3000;
/** A query that takes longer is given up, so that a line that was cut without a word does not hold a connection for ever. */
const ANSWER_WITHIN_MS = 30_000;

/** Numbers of these types come as text otherwise. Instants and counts lie far below 2^53. */
const INT8 = 20;
const NUMERIC = 1700;

const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === INT8 || type === NUMERIC
      ? (text: unknown) => Number(text)
      : // biome-ignore lint/suspicious/noExplicitAny: pg's own overloads ask for literal formats.
        pg.types.getTypeParser(type, format as any),
};

/** pg's pool, which forgets a connection over which no answer came in place of lending it out again. */
export function postgresPool(url: string, log: Log): PostgresPool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'patchbay',
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    statement_timeout: ANSWER_WITHIN_MS,
    idle_in_transaction_session_timeout: ANSWER_WITHIN_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    types,
  });
  pool.on('error', (error) =>
    log.warn({ reason: error.message }, 'An idle connection to Postgres was lost.'),
  );
  return {
    connect: async () => lent(await pool.connect()),
    end: () => pool.end(),
  };
}

function lent(client: pg.PoolClient): PostgresPoolClient {
  let isBroken = false;
  const broke = () => {
    isBroken = true;
  };
  // Told beside the query's own rejection, and fatal to the process if nobody listens.
  client.on('error', broke);
  const query = async (text: string, parameters: readonly unknown[]) => {
    try {
      return await client.query(text, [...parameters]);
    } catch (error) {
      if (!isAnswerOfPostgres(error)) broke();
      throw error;
    }
  };
  return {
    // Without cursors: they come from a package that is not loaded.
    query: query as unknown as PostgresPoolClient['query'],
    release: () => {
      client.off('error', broke);
      client.release(isBroken);
    },
  };
}
