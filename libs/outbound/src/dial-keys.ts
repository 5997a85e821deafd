import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { DialRequest } from '#libs/contracts';
import type { Database, DialOrderTable } from '#libs/store';
import { errors } from './errors.js';

const DAY_MS = 86_400_000;

export interface DialKey {
  readonly key: string;
  /** Of the request that came with it. */
  readonly fingerprint: string;
}

/** Notes the key of a new order. The order that has it already, within a day; null: it is free. Rejects with DIAL_KEY_REUSED. */
export async function takeKey(
  tx: Kysely<Database>,
  row: DialOrderTable,
  given: DialKey,
): Promise<DialOrderTable | null> {
  const { key, fingerprint } = given;
  const entry = { order_id: row.order_id, fingerprint, ordered_at: row.ordered_at };
  const taken = await tx
    .insertInto('dial_keys')
    .values({ key, ...entry })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet(entry)
        .where('dial_keys.ordered_at', '<=', row.ordered_at - DAY_MS),
    )
    .returning('order_id')
    .executeTakeFirst();
  return taken === undefined ? orderOfKey(tx, given, row.ordered_at) : null;
}

export async function orderOfKey(
  db: Kysely<Database>,
  { key, fingerprint }: DialKey,
  at: number,
): Promise<DialOrderTable | null> {
  const first = await db
    .selectFrom('dial_keys')
    .selectAll()
    .where('key', '=', key)
    .where('ordered_at', '>', at - DAY_MS)
    .executeTakeFirst();
  if (first === undefined) return null;
  if (first.fingerprint !== fingerprint) throw errors.keyReused();
  const row = await db
    .selectFrom('dial_orders')
    .selectAll()
    .where('order_id', '=', first.order_id)
    .executeTakeFirst();
  return row ?? null;
}

/** Null: it was given without one. */
export function keyOf(request: DialRequest): DialKey | null {
  const { idempotencyKey, ...rest } = request;
  if (idempotencyKey === undefined) return null;
  const sorted = Object.entries({ ...rest, parameters: Object.entries(rest.parameters ?? {}).sort() }).sort(
    ([a], [b]) => (a < b ? -1 : 1),
  );
  const fingerprint = createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
  return { key: idempotencyKey, fingerprint };
}
