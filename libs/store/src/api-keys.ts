import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Cancel, Clock, Log, OperatorRole } from '#libs/contracts';
import { asStoreError } from './database-error.js';
import { storeErrors } from './errors.js';
import type { OpenDatabase } from './open-database.js';
import type { ApiKeyTable } from './schema.js';

const PREFIX = 'pb_';
/** 32 random bytes. */
const SECRET = /^pb_[\w-]{43}$/;
const MOST_KEYS = 1000;
/** So long may a key that another process revoked still be accepted here. */
const REFRESH_MS = 5000;

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: OperatorRole;
  /** Milliseconds since 1970, here and below. */
  readonly createdAt: number;
  readonly createdBy: string;
  /** Known to about a few seconds. */
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export interface NewApiKey {
  readonly key: ApiKey;
  /** Shown once; nobody can be told it again. */
  readonly secret: string;
}

export interface ApiKeysOptions {
  readonly database: OpenDatabase;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970; `Date.now` unless said otherwise. */
  readonly wallMs?: () => number;
}

interface Known {
  readonly key: ApiKey;
  readonly hash: Buffer;
  usedAt: number | null;
}

/**
 * Keys with which programs use the API. Those that are valid are kept in memory and looked at again every few seconds, so that a door
 * can be answered at once and also while the database is away. What asks the database rejects with STORE_AWAY then.
 */
export class ApiKeys {
  private readonly wallMs: () => number;
  private valid = new Map<string, Known>();
  private stopTimer: Cancel = () => undefined;
  /** Made or revoked here. */
  private changes = 0;
  private refreshing: Promise<void> | null = null;
  /** What is to be done when a key is revoked, by its id. */
  private readonly atEnd = new Map<string, Set<() => void>>();

  constructor(private readonly options: ApiKeysOptions) {
    this.wallMs = options.wallMs ?? Date.now;
  }

  /** Never rejects: while the database is away no key is known, and it is tried again. */
  start(): Promise<void> {
    this.stopTimer = this.options.clock.every(REFRESH_MS, () => void this.refresh());
    return this.refresh();
  }

  async close(): Promise<void> {
    this.stopTimer();
    await this.refresh();
  }

  /** Whose secret this is; null: nobody's, or the key was revoked. Never waits. */
  verify(secret: string): ApiKey | null {
    if (!SECRET.test(secret)) return null;
    const hash = hashOf(secret);
    const known = this.valid.get(hash.toString('hex'));
    if (known === undefined || !timingSafeEqual(known.hash, hash)) return null;
    known.usedAt = this.wallMs();
    return known.key;
  }

  /** Runs `action` once when this key is revoked: at once here, within seconds elsewhere. At once where it has been. */
  onRevoked(id: string, action: () => void): Cancel {
    if (!this.isValid(id)) {
      action();
      return () => undefined;
    }
    const actions = this.atEnd.get(id) ?? new Set();
    this.atEnd.set(id, actions);
    // One function may be given twice.
    const once = () => action();
    actions.add(once);
    return () => {
      actions.delete(once);
      if (actions.size === 0 && this.atEnd.get(id) === actions) this.atEnd.delete(id);
    };
  }

  /** Rejects with STORE_TOO_MANY_KEYS. */
  create(name: string, role: OperatorRole, by: string): Promise<NewApiKey> {
    return this.options.database.ask(async (db) => {
      const { count } = await db
        .selectFrom('api_keys')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      if (count >= MOST_KEYS) throw storeErrors.tooManyKeys(MOST_KEYS);
      const secret = PREFIX + randomBytes(32).toString('base64url');
      const row: ApiKeyTable = {
        key_id: randomUUID(),
        name,
        role,
        hash: hashOf(secret).toString('hex'),
        created_at: this.wallMs(),
        created_by: by,
        last_used_at: null,
        revoked_at: null,
      };
      await db.insertInto('api_keys').values(row).execute();
      this.changes++;
      this.know(row);
      return { key: keyOf(row), secret };
    });
  }

  /** Also those that were revoked; newest first. */
  list(): Promise<readonly ApiKey[]> {
    return this.options.database.ask(async (db) => {
      const rows = await db.selectFrom('api_keys').selectAll().orderBy('created_at', 'desc').execute();
      return rows.map(keyOf);
    });
  }

  /** At once here, and within a few seconds in other processes. False: there is no such key, or it was revoked before. */
  revoke(id: string): Promise<boolean> {
    return this.options.database.ask(async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('api_keys')
        .set({ revoked_at: this.wallMs() })
        .where('key_id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      this.changes++;
      for (const [hash, known] of this.valid) if (known.key.id === id) this.valid.delete(hash);
      this.tellRevoked();
      return numUpdatedRows > 0n;
    });
  }

  /** Looks which keys are valid now, and writes down when they were used. Never rejects. */
  refresh(): Promise<void> {
    this.refreshing ??= this.options.database
      .ask((db) => this.look(db))
      .catch((error) => {
        const { code, message } = asStoreError(error);
        this.options.log.debug({ code, reason: message }, 'API keys could not be looked at again.');
      })
      .finally(() => {
        this.refreshing = null;
      });
    return this.refreshing;
  }

  private async look(db: OpenDatabase['db']): Promise<void> {
    for (const known of this.valid.values()) {
      const { usedAt } = known;
      if (usedAt === null) continue;
      known.usedAt = null;
      await db
        .updateTable('api_keys')
        .set({ last_used_at: usedAt })
        .where('key_id', '=', known.key.id)
        .execute();
    }
    let seen: number;
    let rows: ApiKeyTable[];
    // What was made or revoked here meanwhile is not undone by an answer from before.
    do {
      seen = this.changes;
      rows = await db.selectFrom('api_keys').selectAll().where('revoked_at', 'is', null).execute();
    } while (seen !== this.changes);
    const before = this.valid;
    this.valid = new Map();
    for (const row of rows) this.know(row, before.get(row.hash)?.usedAt ?? null);
    this.tellRevoked();
  }

  private isValid(id: string): boolean {
    for (const { key } of this.valid.values()) if (key.id === id) return true;
    return false;
  }

  private tellRevoked(): void {
    for (const [id, actions] of this.atEnd) {
      if (this.isValid(id)) continue;
      this.atEnd.delete(id);
      for (const action of actions) action();
    }
  }

  private know(row: ApiKeyTable, usedAt: number | null = null): void {
    this.valid.set(row.hash, { key: keyOf(row), hash: Buffer.from(row.hash, 'hex'), usedAt });
  }
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function keyOf(row: ApiKeyTable): ApiKey {
  return {
    id: row.key_id,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    createdBy: row.created_by,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
