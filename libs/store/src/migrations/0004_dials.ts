import type { Kysely, Migration } from 'kysely';

/** Calls to be placed, each attempt at one with what it may cost, the sums of days, and the keys of orders given twice. */
export const dials: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('dial_orders')
      .addColumn('order_id', 'text', (column) => column.primaryKey())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('platform', 'text', (column) => column.notNull())
      .addColumn('to_number', 'text', (column) => column.notNull())
      .addColumn('from_number', 'text', (column) => column.notNull())
      .addColumn('agent', 'text', (column) => column.notNull())
      .addColumn('parameters', 'text', (column) => column.notNull())
      .addColumn('ring_for_ms', 'integer', (column) => column.notNull())
      .addColumn('detect_machine', 'integer', (column) => column.notNull())
      .addColumn('record_at_platform', 'integer', (column) => column.notNull())
      .addColumn('on_machine', 'text', (column) => column.notNull())
      .addColumn('time_zone', 'text')
      .addColumn('ordered_by', 'text', (column) => column.notNull())
      .addColumn('ordered_at', 'bigint', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('retries', 'text', (column) => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('lease_until', 'bigint', (column) => column.notNull())
      .addColumn('claimed_at', 'bigint')
      .addColumn('receipt', 'text')
      .addColumn('answered_at', 'bigint')
      .addColumn('over_at', 'bigint')
      .addColumn('outcome', 'text')
      .addColumn('code', 'text')
      .addColumn('callee', 'text')
      .addColumn('call_id', 'text')
      .addColumn('cancelled_by', 'text')
      .execute();
    await db.schema.createIndex('dial_orders_due').on('dial_orders').columns(['state', 'due_at']).execute();
    await db.schema.createIndex('dial_orders_over').on('dial_orders').columns(['over_at']).execute();
    await db.schema.createIndex('dial_orders_to').on('dial_orders').columns(['to_number']).execute();

    await db.schema
      .createTable('dial_attempts')
      .addColumn('order_id', 'text', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('to_number', 'text', (column) => column.notNull())
      .addColumn('claimed_at', 'bigint', (column) => column.notNull())
      .addColumn('usd', 'double precision', (column) => column.notNull())
      .addColumn('outcome', 'text')
      .addColumn('code', 'text')
      .addPrimaryKeyConstraint('dial_attempts_key', ['order_id', 'attempt'])
      .execute();
    await db.schema
      .createIndex('dial_attempts_day')
      .on('dial_attempts')
      .columns(['day', 'to_number'])
      .execute();

    await db.schema
      .createTable('dial_days')
      .addColumn('day', 'text', (column) => column.primaryKey())
      .addColumn('usd', 'double precision', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('dial_keys')
      .addColumn('key', 'text', (column) => column.primaryKey())
      .addColumn('order_id', 'text', (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('ordered_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
