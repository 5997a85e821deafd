import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SqliteDatabase } from 'kysely';
import Libsql from 'libsql';
import { storeErrors } from './errors.js';

/** A predecessor that is still closing may hold the file for so long. Only before there are calls: it waits in place. */
const LOCKED_AT_START_MS = 5000;

type Statement = ReturnType<SqliteDatabase['prepare']>;

/**
 * The embedded database as kysely asks it. Synchronous: a statement runs on the thread that carries the sound. So a lock is answered
 * at once with an error and never waited for.
 *
 * libsql leaves a statement that met a lock half begun, and the connection cannot commit from then on. So a transaction takes the
 * lock when it begins, by a way that leaves nothing behind; and after an error elsewhere the file is opened anew.
 */
export class EmbeddedFile implements SqliteDatabase {
  private readonly file: string;
  private connection: Libsql.Database;
  private isDoubtful = false;

  /** Throws STORE_NO_FILE. */
  constructor(dataDir: string) {
    this.file = join(dataDir, 'patchbay.db');
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      this.connection = this.open(LOCKED_AT_START_MS);
      // What lies in it is people's; the two files beside it take over its permissions.
      chmodSync(this.file, 0o600);
    } catch (error) {
      throw storeErrors.noFile(this.file, error);
    }
  }

  prepare(text: string): Statement {
    if (this.isDoubtful && !this.connection.inTransaction) this.reopen();
    if (text === 'begin') return this.beginning();
    const statement = this.noting(() => this.connection.prepare(text));
    return {
      reader: statement.reader,
      all: (parameters) => this.noting(() => statement.all(parameters)),
      run: (parameters) => {
        const { changes, lastInsertRowid } = this.noting(() => statement.run(parameters));
        return { changes, lastInsertRowid };
      },
      iterate: (parameters) => statement.iterate(parameters) as IterableIterator<unknown>,
    };
  }

  close(): void {
    this.connection.close();
  }

  private beginning(): Statement {
    const run = () => {
      this.connection.exec('begin immediate');
      return { changes: 0, lastInsertRowid: 0 };
    };
    return { reader: false, run, all: () => [], iterate: () => [][Symbol.iterator]() };
  }

  private noting<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      // A row that breaks a rule ends its statement in good order.
      const { code } = error as { code?: unknown };
      this.isDoubtful ||= !String(code).startsWith('SQLITE_CONSTRAINT');
      throw error;
    }
  }

  private reopen(): void {
    this.connection.close();
    this.connection = this.open(0);
    this.isDoubtful = false;
  }

  private open(lockedMs: number): Libsql.Database {
    const connection = new Libsql(this.file, { timeout: lockedMs });
    connection.pragma('journal_mode = WAL');
    // Survives the death of the process at any moment; the loss of power may cost the last transactions, never the file.
    connection.pragma('synchronous = NORMAL');
    connection.pragma('busy_timeout = 0');
    return connection;
  }
}
