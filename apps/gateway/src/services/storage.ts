import type { Clock, EventSink, Log } from '#libs/contracts';
import {
  ApiKeys,
  CallStore,
  Instance,
  type OpenDatabase,
  openDatabase,
  RecordKeeper,
  Retention,
} from '#libs/store';
import type { GatewayConfig } from '../config/gateway.config.js';

export const MEGABYTE = 1024 * 1024;

export interface StorageParts {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventSink;
}

/** The database, and what is written to it and asked of it. It may be away: calls go on. */
export class Storage {
  readonly archive: CallStore;
  readonly retention: Retention;

  private constructor(
    readonly database: OpenDatabase,
    readonly records: RecordKeeper,
    readonly keys: ApiKeys,
    readonly instance: Instance,
  ) {
    this.archive = new CallStore(database);
    this.retention = new Retention(database, instance.seat);
  }

  /** Rejects when DATA_DIR cannot be used. A database server that is away does not hinder the start. */
  static async open({ config, clock, log, events }: StorageParts): Promise<Storage> {
    const { dataDir, databaseUrl } = config;
    const database = openDatabase({ databaseUrl, dataDir, log });
    const instance = new Instance({ database, dataDir, clock, log });
    const keys = new ApiKeys({ database, clock, log });
    const records = await RecordKeeper.open({
      database,
      dataDir,
      instanceId: instance.id,
      seat: instance.seat,
      clock,
      log,
      spoolMaxBytes: config.spoolMaxMegabytes * MEGABYTE,
      onAway: (code) => events.publish('store.away', { code }),
      onBack: (delivered) => events.publish('store.back', { delivered }),
    });
    await Promise.all([instance.start(), keys.start()]);
    return new Storage(database, records, keys, instance);
  }

  /** What still waits is written, to disk if need be. */
  async close(): Promise<void> {
    await this.records.close();
    await this.keys.close();
    await this.instance.close();
    await this.database.close();
  }
}
