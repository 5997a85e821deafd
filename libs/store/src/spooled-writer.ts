import { setImmediate as breath } from 'node:timers/promises';
import type { Cancel, Clock, Log, Loss, SpoolState } from '#libs/contracts';
import { asStoreError } from './database-error.js';
import { storeErrors } from './errors.js';
import { inTime } from './in-time.js';
import { Losses } from './losses.js';
import { Spool } from './spool.js';

/** Rows of one transaction: few milliseconds of the embedded database, which runs on the thread that carries the sound. */
const BATCH = 100;
const FLUSH_EVERY_MS = 250;
/** Beyond it nothing more is taken until the disk or the database have caught up. */
const MOST_WAITING = 20_000;
/** Characters of all of them. */
const LARGEST_QUEUE = 32 * 1024 * 1024;
/** Characters. */
const LARGEST_ROW = 256 * 1024;
/** A database that is silent for longer is away. */
const ANSWER_WITHIN_MS = 5000;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 5000;
/** From there on the spool takes what must not be missing only. */
const TIGHT_FROM = 0.9;

/** What kind of rows they are: how they are written, and how they lie on disk. */
export interface RowKind<R> {
  /** For people: "Records wait on disk". */
  readonly words: string;
  /** Of the log line that tells of a loss. */
  readonly lostCode: string;
  /** All or none; what the database will never take is left out and returned. Rejects when it is away. The same row may come twice. */
  write(rows: readonly R[]): Promise<readonly unknown[]>;
  /** Null: this line is no row. */
  read(line: string): R | null;
  /** Characters, about. */
  sizeOf(row: R): number;
  /** Is it to be kept where room on disk runs out? Default: each is. */
  matters?(row: R): boolean;
}

export interface SpooledWriterOptions<R> {
  readonly kind: RowKind<R>;
  /** Of the spool. */
  readonly folder: string;
  /** Size that the spool may take on disk. */
  readonly spoolMaxBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The database has gone; what is to be kept waits on disk from now on. */
  readonly onAway?: (code: string) => void;
  /** It is there again and has everything, so many rows that had waited on disk among it. */
  readonly onBack?: (delivered: number) => void;
  /** Rows lie in the database that did not before. */
  readonly onWritten?: () => void;
}

/**
 * Writes behind those who put, who never wait for it: in batches, in order. While the database is away the rows go to disk and are
 * delivered when it is back, by a later process if need be. What cannot be kept is counted and told.
 */
export class SpooledWriter<R> {
  private readonly losses: Losses;
  private queue: R[] = [];
  /** Characters in the queue. */
  private queued = 0;
  private working: Promise<void> | null = null;
  private isClosed = false;
  private isAway = false;
  private hasDiskFailed = false;
  private diskTurn: Promise<void> = Promise.resolve();
  private delivered = 0;
  private toldDelivered = 0;
  private retryAtMs = 0;
  private retryMs = RETRY_FIRST_MS;
  private readonly stopTimer: Cancel;

  private constructor(
    private readonly options: SpooledWriterOptions<R>,
    private readonly spool: Spool,
  ) {
    this.losses = new Losses(options.kind.lostCode, options.log);
    this.stopTimer = options.clock.every(FLUSH_EVERY_MS, () => this.flush());
  }

  /** Rejects when the folder of the spool cannot be made. What an earlier process left there is delivered first. */
  static async open<R>(options: SpooledWriterOptions<R>): Promise<SpooledWriter<R>> {
    return new SpooledWriter(options, await Spool.open(options.folder, options.spoolMaxBytes));
  }

  /** Never waits, never throws. Null: something that is no row. */
  put(row: R | null): void {
    const loss = this.take(row);
    if (loss !== null) this.losses.add(loss, 1);
  }

  /** Rows that are in no database yet and on no disk. */
  get waiting(): number {
    return this.queue.length;
  }

  get spooledBytes(): number {
    return this.spool.bytes;
  }

  /** Rows that were not kept since the start. */
  get lostSoFar(): Readonly<Partial<Record<Loss, number>>> {
    return this.losses.soFar;
  }

  get state(): SpoolState {
    const { spool } = this;
    return {
      rows: spool.lines,
      fill: spool.fill,
      oldestAgeMs: spool.sinceAt === null ? null : Math.max(0, Date.now() - spool.sinceAt),
      delivered: this.delivered,
      lost: this.lostSoFar,
    };
  }

  /** What waits in memory and is meant is not written any more. What lies on disk is out of reach. */
  forget(isMeant: (row: R) => boolean): void {
    this.queue = this.queue.filter((row) => {
      if (!isMeant(row)) return true;
      this.queued -= this.options.kind.sizeOf(row);
      return false;
    });
  }

  /** Resolves when everything put so far lies in the database or, while that is away, on disk. */
  async settled(): Promise<void> {
    await this.working;
    await this.flush();
  }

  /** Writes what waits; what the database has not taken by then goes to disk. Nothing is taken afterwards. */
  async close(withinMs = ANSWER_WITHIN_MS): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTimer();
    this.retryAtMs = 0;
    let cancel: Cancel = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.options.clock.after(withinMs, resolve);
    });
    await Promise.race([this.settled(), late]);
    cancel();
    if (this.queue.length > 0) await this.toDisk().catch((error) => this.diskFailed(error));
    if (this.queue.length > 0) this.losses.add('closed', this.queue.length);
    this.losses.tell();
  }

  private take(row: R | null): Loss | null {
    if (this.isClosed) return 'closed';
    if (this.queue.length >= MOST_WAITING) return 'too-many';
    if (row === null) return 'unreadable';
    const size = this.options.kind.sizeOf(row);
    if (size > LARGEST_ROW) return 'too-large';
    if (this.queued + size > LARGEST_QUEUE) return 'too-many';
    this.queue.push(row);
    this.queued += size;
    // Not from here: the embedded database would make the one who puts wait.
    if (this.queue.length === BATCH) setImmediate(() => this.flush());
    return null;
  }

  /** These are kept, or lost. Not simply the first of the queue: some may have been forgotten meanwhile. */
  private leave(rows: readonly R[]): void {
    const left = new Set(rows);
    this.forget((row) => left.has(row));
  }

  private flush(): Promise<void> {
    this.working ??= this.work()
      .catch((error) => this.diskFailed(error))
      .finally(() => {
        this.working = null;
      });
    return this.working;
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0 || !this.spool.isEmpty || this.isAway) {
      const isBehind = this.isAway || !this.spool.isEmpty;
      if (isBehind) {
        await this.toDisk();
        if (this.options.clock.nowMs() < this.retryAtMs) return;
      }
      const isDone = isBehind ? await this.deliver() : await this.writeThrough();
      if (!isDone) return;
      this.options.onWritten?.();
      // The embedded database answers without giving way to sockets and timers.
      await breath();
    }
  }

  private async writeThrough(): Promise<boolean> {
    const batch = this.queue.slice(0, BATCH);
    if (!(await this.write(batch))) {
      await this.toDisk();
      return false;
    }
    this.leave(batch);
    return true;
  }

  /** The oldest from disk. False: the database is away. */
  private async deliver(): Promise<boolean> {
    const lines = await this.spool.peek(BATCH, (file, error) => {
      this.losses.add('unreadable', 1);
      this.options.log.error(
        { code: storeErrors.noSpool(error).code, file, err: error },
        'A file of what waited on disk cannot be read; it was put aside.',
      );
    });
    const rows = lines.flatMap((line) => this.read(line));
    if (!(await this.write(rows))) return false;
    await this.spool.drop(lines.length);
    this.delivered += rows.length;
    if (this.spool.isEmpty) this.back();
    return true;
  }

  /** False: the database is away. */
  private async write(rows: readonly R[]): Promise<boolean> {
    try {
      const refusals = await inTime(this.options.kind.write(rows), ANSWER_WITHIN_MS, this.options.clock);
      if (refusals.length > 0) {
        this.losses.add('refused', refusals.length);
        this.options.log.error(
          { code: 'STORE_FAILED', rows: refusals.length, err: refusals[0] },
          'The database will not take something that was to be kept.',
        );
      }
      this.retryMs = RETRY_FIRST_MS;
      return true;
    } catch (error) {
      this.away(error);
      return false;
    }
  }

  private away(cause: unknown): void {
    const { code } = asStoreError(cause);
    this.retryAtMs = this.options.clock.nowMs() + this.retryMs;
    this.retryMs = Math.min(this.retryMs * 2, RETRY_LAST_MS);
    if (this.isAway) return;
    this.isAway = true;
    const { words } = this.options.kind;
    this.options.log.error({ code, err: cause }, `The database is away; ${words} wait on disk.`);
    this.options.onAway?.(code);
  }

  private back(): void {
    const delivered = this.delivered - this.toldDelivered;
    this.toldDelivered = this.delivered;
    this.isAway = false;
    const { words } = this.options.kind;
    this.options.log.info({ delivered }, `The database has all ${words} that had waited on disk.`);
    this.options.onBack?.(delivered);
  }

  /** One at a time: closing does not wait for a flush that hangs. */
  private toDisk(): Promise<void> {
    const turn = this.diskTurn.then(() => this.moveToDisk());
    this.diskTurn = turn.catch(() => undefined);
    return turn;
  }

  private async moveToDisk(): Promise<void> {
    const { matters = () => true } = this.options.kind;
    while (this.queue.length > 0) {
      const rows = this.queue.slice(0, BATCH);
      const kept = this.spool.fill < TIGHT_FROM ? rows : rows.filter(matters);
      const hasRoom = kept.length === 0 || (await this.spool.append(kept.map((row) => JSON.stringify(row))));
      const lost = rows.length - (hasRoom ? kept.length : 0);
      if (lost > 0) this.losses.add('no-room', lost);
      this.leave(rows);
      this.hasDiskFailed = false;
    }
  }

  private diskFailed(error: unknown): void {
    if (this.hasDiskFailed) return;
    this.hasDiskFailed = true;
    const { code } = storeErrors.noSpool(error);
    const words = `The ${this.options.kind.words} cannot be put on disk either; they wait in memory.`;
    this.options.log.error({ code, err: error }, words);
  }

  /** A line that was cut off by the end of its process is no row. */
  private read(line: string): readonly R[] {
    const row = this.options.kind.read(line);
    if (row !== null) return [row];
    this.losses.add('unreadable', 1);
    return [];
  }
}
