import type { Kysely, Migration } from 'kysely';

/** Call records, transcripts, journals, and the processes that write them. */
export const calls: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('calls')
      .addColumn('call_id', 'text', (column) => column.primaryKey())
      .addColumn('instance_id', 'text', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('platform', 'text', (column) => column.notNull())
      .addColumn('platform_call_id', 'text', (column) => column.notNull())
      .addColumn('direction', 'text', (column) => column.notNull())
      .addColumn('from_party', 'text')
      .addColumn('to_party', 'text')
      .addColumn('agent', 'text', (column) => column.notNull())
      .addColumn('agent_version', 'integer', (column) => column.notNull())
      .addColumn('backend', 'text', (column) => column.notNull())
      .addColumn('order_id', 'text')
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('connected_at', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('end_reason', 'text')
      .addColumn('end_owner', 'text')
      .addColumn('end_code', 'text')
      .addColumn('turn_latency_ms', 'double precision')
      .addColumn('score', 'double precision')
      .addColumn('cost_usd', 'double precision')
      .addColumn('figures', 'text')
      .addColumn('quality', 'text')
      .addColumn('tools', 'text', (column) => column.notNull())
      .addColumn('recording', 'text')
      .addColumn('forget_at', 'bigint')
      .addColumn('recording_due_at', 'bigint')
      .addColumn('forgotten_at', 'bigint')
      .execute();
    const indexes = {
      calls_started: ['started_at', 'call_id'],
      calls_from: ['from_party'],
      calls_to: ['to_party'],
      calls_ended: ['ended_at'],
      calls_forget: ['forget_at'],
      calls_recording_due: ['recording_due_at'],
    };
    for (const [name, columns] of Object.entries(indexes))
      await db.schema.createIndex(name).on('calls').columns(columns).execute();

    await db.schema
      .createTable('transcript_items')
      .addColumn('call_id', 'text', (column) => column.notNull())
      .addColumn('item_id', 'text', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('speaker', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'double precision', (column) => column.notNull())
      .addColumn('end_ms', 'double precision')
      .addColumn('said', 'text', (column) => column.notNull())
      .addColumn('heard', 'text', (column) => column.notNull())
      .addColumn('heard_ms', 'double precision')
      .addColumn('sent_ms', 'double precision')
      .addColumn('search', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('transcript_items_key', ['call_id', 'item_id'])
      .execute();

    await db.schema
      .createTable('journal')
      .addColumn('call_id', 'text', (column) => column.notNull())
      .addColumn('seq', 'integer', (column) => column.notNull())
      .addColumn('at_ms', 'double precision', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('journal_key', ['call_id', 'seq'])
      .execute();

    await db.schema
      .createTable('instances')
      .addColumn('instance_id', 'text', (column) => column.primaryKey())
      .addColumn('seat', 'text', (column) => column.notNull())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('pid', 'integer', (column) => column.notNull())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('heartbeat_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
