import type { OpenDatabase, WebhookOutboxTable } from '#libs/store';

/** Of the calls that are forgotten the newest are known here; of those that the database knows it tells itself. */
const MOST_FORGOTTEN = 10_000;

/** What nobody is to be told any more, though it still comes: it was on its way, or lay on disk. */
export class Unwanted {
  private readonly forgotten = new Set<string>();

  constructor(private readonly database: OpenDatabase) {}

  forget(callIds: readonly string[]): void {
    for (const id of callIds) this.forgotten.add(id);
    for (const id of this.forgotten)
      if (this.forgotten.size <= MOST_FORGOTTEN) break;
      else this.forgotten.delete(id);
  }

  isForgotten(callId: string): boolean {
    return this.forgotten.has(callId);
  }

  /** Those of calls that were forgotten, here, by another process or before a restart, and those for endpoints that are gone. */
  async among(rows: readonly WebhookOutboxTable[]): Promise<ReadonlySet<WebhookOutboxTable>> {
    const { db } = this.database;
    const there = await db
      .selectFrom('webhook_subscriptions')
      .select('subscription_id')
      .where('subscription_id', 'in', [...new Set(rows.map((row) => row.subscription_id))])
      .execute();
    const known = new Set(there.map(({ subscription_id }) => subscription_id));
    const callIds = new Set(rows.flatMap(({ call_id }) => call_id ?? []));
    const erased = new Set(await this.erased([...callIds]));
    return new Set(
      rows.filter(
        ({ call_id, subscription_id }) =>
          !known.has(subscription_id) ||
          (call_id !== null && (this.isForgotten(call_id) || erased.has(call_id))),
      ),
    );
  }

  private async erased(callIds: readonly string[]): Promise<readonly string[]> {
    if (callIds.length === 0) return [];
    const rows = await this.database.db
      .selectFrom('calls')
      .select('call_id')
      .where('call_id', 'in', callIds)
      .where('forgotten_at', 'is not', null)
      .execute();
    return rows.map(({ call_id }) => call_id);
  }
}
