import type { Kysely } from 'kysely';
import type { Database, DialOrderTable } from '#libs/store';
import { UNDER_WAY } from './order-state.js';

/** Stands as who cancelled an order whose callee was erased; who is called so as an operator erases what he cancels. */
const ERASURE = '(erasure)';
const NOBODY = { to_number: '', parameters: '{}' } as const;
/** Ids of one statement. */
const AT_ONCE = 200;

/** Orders of somebody who is forgotten. */
export interface Erased {
  /** Ids of those that name nobody any more, cancelled ones among them. */
  readonly erased: readonly string[];
  /** Those that waited, as they are now. */
  readonly cancelled: readonly DialOrderTable[];
  /** Ids of those that are being dialled or talk. */
  readonly underWay: readonly string[];
}

type Tx = Kysely<Database>;

/** In a transaction. What is under way is not tried again, and is erased by `eraseFinishedIn`. */
export async function eraseIn(tx: Tx, number: string, at: number): Promise<Erased> {
  // First, so that nobody changes them meanwhile: none is claimed or finished between these statements.
  await tx
    .updateTable('dial_orders')
    .set(({ ref }) => ({ to_number: ref('to_number') }))
    .where('to_number', '=', number)
    .execute();
  const cancelled = await tx
    .updateTable('dial_orders')
    .set({ ...NOBODY, state: 'over', outcome: 'cancelled', over_at: at, cancelled_by: ERASURE })
    .where('to_number', '=', number)
    .where('state', '=', 'queued')
    .returningAll()
    .execute();
  const underWay = await tx
    .updateTable('dial_orders')
    .set({ cancelled_by: ERASURE })
    .where('to_number', '=', number)
    .where('state', 'in', [...UNDER_WAY])
    .returning('order_id')
    .execute();
  const over = await tx
    .updateTable('dial_orders')
    .set(NOBODY)
    .where('to_number', '=', number)
    .where('state', '=', 'over')
    .returning('order_id')
    .execute();
  const erased = [...cancelled, ...over].map(({ order_id }) => order_id);
  await eraseAttempts(tx, erased);
  return { erased, cancelled, underWay: underWay.map(({ order_id }) => order_id) };
}

/** An order whose attempt has just been finished, without its callee where he was erased meanwhile. It does not wait again then. */
export async function eraseFinishedIn(tx: Tx, row: DialOrderTable, at: number): Promise<DialOrderTable> {
  if (row.cancelled_by !== ERASURE) return row;
  const erased = { ...row, ...NOBODY, state: 'over', over_at: row.over_at ?? at } as const;
  const { to_number, parameters, state, over_at } = erased;
  await tx
    .updateTable('dial_orders')
    .set({ to_number, parameters, state, over_at })
    .where('order_id', '=', row.order_id)
    .execute();
  await eraseAttempts(tx, [row.order_id]);
  return erased;
}

/** Those of these calls' orders that are over. */
export async function eraseCallsIn(tx: Tx, callIds: readonly string[]): Promise<void> {
  for (let at = 0; at < callIds.length; at += AT_ONCE) {
    const found = await tx
      .selectFrom('calls')
      .select('order_id')
      .where('call_id', 'in', callIds.slice(at, at + AT_ONCE))
      .where('order_id', 'is not', null)
      .execute();
    await eraseOrders(
      tx,
      found.flatMap(({ order_id }) => order_id ?? []),
    );
  }
}

async function eraseOrders(tx: Tx, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  const over = await tx
    .updateTable('dial_orders')
    .set(NOBODY)
    .where('order_id', 'in', orderIds)
    .where('state', '=', 'over')
    .returning('order_id')
    .execute();
  await eraseAttempts(
    tx,
    over.map(({ order_id }) => order_id),
  );
}

async function eraseAttempts(tx: Tx, orderIds: readonly string[]): Promise<void> {
  for (let at = 0; at < orderIds.length; at += AT_ONCE)
    await tx
      .updateTable('dial_attempts')
      .set({ to_number: '' })
      .where('order_id', 'in', orderIds.slice(at, at + AT_ONCE))
      .execute();
}
