import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Cancel, Clock, Log } from '#libs/contracts';
import { asStoreError } from './database-error.js';
import type { OpenDatabase } from './open-database.js';
import type { CallTable, Database, InstanceTable } from './schema.js';

const HEARTBEAT_MS = 10_000;
/** Without a heartbeat for so long an instance is dead, wherever it ran. */
const DEAD_AFTER_MS = 60_000;
const AT_ONCE = 50;

export interface InstanceOptions {
  readonly database: OpenDatabase;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds since 1970; `Date.now` unless said otherwise. */
  readonly wallMs?: () => number;
}

/**
 * This process among those that keep calls in the database. Says that it lives, and ends the records of calls whose process died
 * under them: its own predecessor in the same DATA_DIR at once, others when their heartbeat has stopped.
 */
export class Instance {
  readonly id = randomUUID();
  /** Names the folder of data, where one process works at a time. */
  readonly seat: string;
  private readonly wallMs: () => number;
  private readonly startedAt: number;
  private reachableSinceAt: number;
  private stopTimer: Cancel = () => undefined;
  private beating: Promise<void> | null = null;

  constructor(private readonly options: InstanceOptions) {
    this.seat = seatOf(options.dataDir);
    this.wallMs = options.wallMs ?? Date.now;
    this.startedAt = this.wallMs();
    this.reachableSinceAt = this.startedAt;
  }

  /**
   * Enters itself and sweeps for the first time. Before the first call; the keeper's spool needs not be delivered, since what it
   * holds replaces what the sweep had to assume. Never rejects: while the database is away it is tried again with each heartbeat.
   */
  start(): Promise<void> {
    this.stopTimer = this.options.clock.every(HEARTBEAT_MS, () => void this.beat());
    return this.beat();
  }

  /** Leaves in good order: what still ran here is ended by the next who looks. */
  async close(): Promise<void> {
    this.stopTimer();
    await this.beating;
    const { db } = this.options.database;
    await db
      .deleteFrom('instances')
      .where('instance_id', '=', this.id)
      .execute()
      .catch((error) => this.missed(error));
  }

  /** Ends the records of dead instances' calls; returns how many. Rejects with STORE_AWAY. */
  sweep(): Promise<number> {
    return this.options.database.ask(async (db) => {
      const all = await db.selectFrom('instances').selectAll().execute();
      const dead = all.filter((instance) => this.isDead(instance));
      const living = all.filter((instance) => !dead.includes(instance)).map((row) => row.instance_id);
      let swept = 0;
      for (let count = AT_ONCE; count === AT_ONCE; swept += count)
        count = await sweepSome(db, [...living, this.id]);
      if (dead.length > 0) {
        const ids = dead.map((row) => row.instance_id);
        await db.deleteFrom('instances').where('instance_id', 'in', ids).execute();
      }
      if (swept > 0)
        this.options.log.warn(
          { code: 'GATEWAY_DIED', calls: swept },
          'Calls were running when their gateway died; their records are ended now.',
        );
      return swept;
    });
  }

  private beat(): Promise<void> {
    this.beating ??= this.enter()
      .then(() => this.sweep())
      .then(
        () => undefined,
        (error) => this.missed(error),
      )
      .finally(() => {
        this.beating = null;
      });
    return this.beating;
  }

  private async enter(): Promise<void> {
    await this.options.database.ready();
    const row: InstanceTable = {
      instance_id: this.id,
      seat: this.seat,
      host: hostname(),
      pid: process.pid,
      started_at: this.startedAt,
      heartbeat_at: this.wallMs(),
    };
    await this.options.database.db
      .insertInto('instances')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('instance_id').doUpdateSet({ heartbeat_at: row.heartbeat_at }),
      )
      .execute();
  }

  private isDead(instance: InstanceTable): boolean {
    if (instance.instance_id === this.id) return false;
    const now = this.wallMs();
    // After the database was away nobody's heart seems to beat, at first.
    if (now - this.reachableSinceAt > DEAD_AFTER_MS && now - instance.heartbeat_at > DEAD_AFTER_MS)
      return true;
    // One process works in a folder; another that was entered for it is this one's predecessor.
    return instance.seat === this.seat && !(instance.host === hostname() && isRunning(instance.pid));
  }

  private missed(error: unknown): void {
    this.reachableSinceAt = this.wallMs();
    const { code, message } = asStoreError(error);
    this.options.log.debug({ code, reason: message }, 'The heartbeat did not reach the database.');
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Names the folder, whatever the machine is called after its next start. */
function seatOf(dataDir: string): string {
  const file = join(dataDir, 'seat');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, randomUUID(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}

async function sweepSome(db: Kysely<Database>, living: readonly string[]): Promise<number> {
  const open = await db
    .selectFrom('calls')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('instance_id', 'not in', living)
    .limit(AT_ONCE)
    .execute();
  for (const call of open) await endOf(db, call);
  return open.length;
}

/** It lived at least until its last entry. */
async function endOf(db: Kysely<Database>, call: CallTable): Promise<void> {
  const { last } = await db
    .selectFrom('journal')
    .select(({ fn }) => fn.max('at_ms').as('last'))
    .where('call_id', '=', call.call_id)
    .executeTakeFirstOrThrow();
  const lastedMs = Math.max(0, Math.round(last ?? 0));
  const later = (at: number | null) => (at === null ? null : at + lastedMs);
  await db
    .updateTable('calls')
    .set({
      ended_at: call.started_at + lastedMs,
      end_reason: 'internal-error',
      end_owner: 'gateway',
      end_code: 'GATEWAY_DIED',
      // They were counted from the start while nobody knew the end.
      forget_at: later(call.forget_at),
      recording_due_at: call.recording_unwanted_at ?? later(call.recording_due_at),
    })
    .where('call_id', '=', call.call_id)
    .where('ended_at', 'is', null)
    .execute();
}
