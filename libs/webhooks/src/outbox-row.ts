import type { RowKind, WebhookOutboxTable } from '#libs/store';
import type { Outbox } from './outbox.js';

const ROW_OVERHEAD = 200;

const TEXTS = ['delivery_id', 'subscription_id', 'lane', 'body'] as const;
const NUMBERS = ['position', 'created_at'] as const;

/** Events that are to be told, as rows of the outbox that wait for the database. */
export function outboxRows(outbox: Outbox): RowKind<WebhookOutboxTable> {
  return {
    words: 'events for webhooks',
    lostCode: 'WEBHOOK_LOST',
    write: (rows) => outbox.add(rows),
    read: rowFrom,
    sizeOf: ({ body, lane }) => body.length + lane.length + ROW_OVERHEAD,
  };
}

/** A row that nobody has been told of yet. */
export function newRow(
  row: Pick<WebhookOutboxTable, (typeof TEXTS)[number] | (typeof NUMBERS)[number] | 'call_id'>,
): WebhookOutboxTable {
  return {
    ...row,
    state: 'waiting',
    next_at: row.created_at,
    attempts: 0,
    owner: null,
    lease_until: 0,
    done_at: null,
  };
}

/** A row that was written as JSON, by this version or another one. Null: it is none. */
function rowFrom(line: string): WebhookOutboxTable | null {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null) return null;
  const row = read as WebhookOutboxTable;
  if (!TEXTS.every((name) => typeof row[name] === 'string')) return null;
  if (!NUMBERS.every((name) => Number.isSafeInteger(row[name]))) return null;
  const { delivery_id, subscription_id, lane, body, position, created_at, call_id } = row;
  if (call_id !== null && typeof call_id !== 'string') return null;
  return newRow({ delivery_id, subscription_id, lane, body, position, created_at, call_id });
}
