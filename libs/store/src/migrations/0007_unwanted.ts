import type { Kysely, Migration } from 'kysely';

/** Since when a recording is not to be kept, whatever comes of its call later: somebody was erased while the call ran. */
export const unwanted: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('calls').addColumn('recording_unwanted_at', 'bigint').execute();
  },
};
