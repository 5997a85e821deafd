import type { Kysely, Migration } from 'kysely';

/** Which folder of data holds what lies beside a call on a disk. What is known of earlier calls are those of processes that still run. */
export const seats: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('calls').addColumn('seat', 'text').execute();
    const known = db as Kysely<{
      calls: { instance_id: string; seat: string | null };
      instances: { instance_id: string; seat: string };
    }>;
    await known
      .updateTable('calls')
      .set(({ selectFrom }) => ({
        seat: selectFrom('instances')
          .select('instances.seat')
          .whereRef('instances.instance_id', '=', 'calls.instance_id'),
      }))
      .execute();
  },
};
