import type { Kysely, Migration } from 'kysely';

/** Who is told of events, and what is still to be told. */
export const webhooks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('webhook_subscriptions')
      .addColumn('subscription_id', 'text', (column) => column.primaryKey())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('secret', 'text', (column) => column.notNull())
      .addColumn('events', 'text', (column) => column.notNull())
      .addColumn('agents', 'text')
      .addColumn('enabled', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('failing_since', 'bigint')
      .addColumn('paused_until', 'bigint')
      .addColumn('last_code', 'text')
      .execute();
    await db.schema
      .createTable('webhook_outbox')
      .addColumn('delivery_id', 'text', (column) => column.primaryKey())
      .addColumn('subscription_id', 'text', (column) => column.notNull())
      .addColumn('lane', 'text', (column) => column.notNull())
      .addColumn('position', 'bigint', (column) => column.notNull())
      .addColumn('call_id', 'text')
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('next_at', 'bigint', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('owner', 'text')
      .addColumn('lease_until', 'bigint', (column) => column.notNull())
      .addColumn('done_at', 'bigint')
      .execute();
    const index = (name: string, columns: readonly string[]) =>
      db.schema
        .createIndex(name)
        .on('webhook_outbox')
        .columns([...columns])
        .execute();
    await index('webhook_outbox_next', ['subscription_id', 'state', 'position']);
    await index('webhook_outbox_lane', ['subscription_id', 'lane', 'state', 'position']);
    await index('webhook_outbox_done', ['state', 'done_at']);
    await index('webhook_outbox_made', ['state', 'created_at']);
    await index('webhook_outbox_call', ['call_id']);
  },
};
