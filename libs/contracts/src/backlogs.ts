/** Why something was not kept; a closed list, since it is a metric's label. */
export const LOSSES = ['too-large', 'too-many', 'no-room', 'refused', 'unreadable', 'closed'] as const;
export type Loss = (typeof LOSSES)[number];

/** What is put on disk while the database is away; a closed list, since it is a metric's label. */
export const SPOOLS = ['calls', 'webhooks'] as const;
export type SpoolName = (typeof SPOOLS)[number];

/** What waits on disk for the database. */
export interface SpoolState {
  readonly rows: number;
  /** Part of the room on disk that is taken, 0 … 1. */
  readonly fill: number;
  /** Of the file that was begun first; null: nothing waits. */
  readonly oldestAgeMs: number | null;
  /** Rows that have waited on disk and lie in the database, since the start of the process. */
  readonly delivered: number;
  /** Rows that were not kept, since the start of the process. */
  readonly lost: Readonly<Partial<Record<Loss, number>>>;
}

/** Events that endpoints are still to be told, but for those that are switched off. */
export interface OutboxBacklog {
  /** At most 10,000 are counted. */
  readonly waiting: number;
  /** Null: nothing waits. */
  readonly oldestAgeMs: number | null;
}

/** Calls that are ordered. */
export interface DialBacklog {
  /** By state; those that are over are not counted. */
  readonly orders: Readonly<Record<'queued' | 'dialling' | 'ringing' | 'answered', number>>;
  /** For so long the order has been due that is due the longest; null: none is. */
  readonly overdueMs: number | null;
  /** US dollars of this day (UTC), reserved or estimated. */
  readonly spentUsd: number;
  readonly spendLimitUsd: number;
}

/** What waits, for who shows it. The two that ask the database are about all its processes, and reject with STORE_AWAY. */
export interface Backlogs {
  spool(name: SpoolName): SpoolState;
  outbox(): Promise<OutboxBacklog>;
  dials(): Promise<DialBacklog>;
}
