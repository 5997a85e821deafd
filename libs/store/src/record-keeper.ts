import { join } from 'node:path';
import type { Clock, Kept, Log, Loss, RecordSink, SpoolState } from '#libs/contracts';
import type { OpenDatabase } from './open-database.js';
import { RecordWriter } from './record-writer.js';
import { type Row, rowFrom, rowOf, sizeOf } from './rows.js';
import { SpooledWriter } from './spooled-writer.js';

export interface RecordKeeperOptions {
  readonly database: OpenDatabase;
  readonly dataDir: string;
  /** `Instance.id`: which process's calls these are. */
  readonly instanceId: string;
  /** `Instance.seat`. */
  readonly seat: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Size that the spool may take on disk. */
  readonly spoolMaxBytes: number;
  /** The database has gone; what is to be kept waits on disk from now on. */
  readonly onAway: (code: string) => void;
  /** It is there again and has everything, so many rows that had waited on disk among it. */
  readonly onBack: (delivered: number) => void;
}

/** Keeps what happens in calls, behind them: a row may come twice, and an older state of a call never replaces a newer one. */
export class RecordKeeper implements RecordSink {
  private revision = 0;

  private constructor(
    private readonly writer: SpooledWriter<Row>,
    private readonly instanceId: string,
    private readonly seat: string,
  ) {}

  /** Rejects when the folder of the spool cannot be made. What an earlier process left there is delivered first. */
  static async open(options: RecordKeeperOptions): Promise<RecordKeeper> {
    const { database, dataDir, instanceId, seat, ...more } = options;
    const records = new RecordWriter(database);
    const writer = await SpooledWriter.open<Row>({
      ...more,
      folder: join(dataDir, 'spool'),
      kind: {
        words: 'records',
        lostCode: 'STORE_LOST',
        write: (rows) => records.write(rows),
        read: rowFrom,
        sizeOf,
        // So that no record loses its end to a journal.
        matters: ({ table }) => table !== 'journal',
      },
    });
    return new RecordKeeper(writer, instanceId, seat);
  }

  put(kept: Kept): void {
    this.writer.put(this.rowOf(kept));
  }

  /** Rows that are in no database yet and on no disk. */
  get waiting(): number {
    return this.writer.waiting;
  }

  get spooledBytes(): number {
    return this.writer.spooledBytes;
  }

  /** What waits on disk. */
  get state(): SpoolState {
    return this.writer.state;
  }

  /** Rows that were not kept since the start. */
  get lostSoFar(): Readonly<Partial<Record<Loss, number>>> {
    return this.writer.lostSoFar;
  }

  /** Resolves when everything put so far lies in the database or, while that is away, on disk. */
  settled(): Promise<void> {
    return this.writer.settled();
  }

  /** Writes what waits; what the database has not taken by then goes to disk. Nothing is taken afterwards. */
  close(withinMs?: number): Promise<void> {
    return this.writer.close(withinMs);
  }

  private rowOf(kept: Kept): Row | null {
    try {
      return rowOf(kept, this.instanceId, ++this.revision, this.seat);
    } catch {
      return null;
    }
  }
}
