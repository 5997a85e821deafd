import { DelayedError, type Job, Queue, Worker } from 'bullmq';
import { asGatewayError, type Log } from '#libs/contracts';
import type { DialBook } from './dial-book.js';
import type { Dispatched } from './dispatcher.js';
import type { Pace } from './pace.js';

export interface RedisPaceParts {
  readonly redisUrl: string;
  /** Names the installation in a Redis that several share. */
  readonly prefix: string;
  readonly book: DialBook;
  readonly dispatch: (orderId: string) => Promise<Dispatched>;
  readonly callsPerSecond: number;
  readonly now: () => number;
  readonly log: Log;
}

interface DialJob {
  readonly orderId: string;
}

const QUEUE = 'dials';
const LOCK_MS = 10_000;
const AT_ONCE = 200;
/** Orders that are due this soon get a job although they wait. */
const AHEAD_MS = 60_000;

/**
 * Paces over all processes by a queue in Redis that lets one job through each 1/callsPerSecond. A job only says "look at this order
 * now": delivered twice it dials once, lost it is made again from the database. While Redis is away nobody is dialled.
 */
export class RedisPace implements Pace {
  private readonly queue: Queue<DialJob>;
  private readonly worker: Worker<DialJob>;
  private filling: Promise<void> | null = null;
  private isClosed = false;
  private isAway = false;

  constructor(private readonly parts: RedisPaceParts) {
    const { redisUrl, prefix, callsPerSecond } = parts;
    this.queue = new Queue(QUEUE, {
      prefix,
      // An order is in the database already; the job for it must not wait for a Redis that is away.
      connection: { url: redisUrl, enableOfflineQueue: false, maxRetriesPerRequest: 1 },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.worker = new Worker(QUEUE, (job, token) => this.work(job, token), {
      prefix,
      connection: { url: redisUrl, maxRetriesPerRequest: null },
      autorun: false,
      // A look takes milliseconds; what a dead process was looking at is soon looked at by another.
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS / 2,
      limiter: { max: 1, duration: Math.max(1, Math.round(1000 / callsPerSecond)) },
    });
    this.queue.on('error', (error) => this.away(error));
    this.worker.on('error', (error) => this.away(error));
  }

  async start(): Promise<void> {
    this.worker.run().catch((error) => this.away(error));
    this.look();
  }

  push(orderId: string, dueAt: number, attempt: number): void {
    void this.add(orderId, dueAt, attempt);
  }

  look(): void {
    if (this.isClosed) return;
    this.filling ??= this.fill()
      .catch((error) => this.away(error))
      .finally(() => {
        this.filling = null;
      });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.filling;
    await this.worker.close(this.isAway);
    await this.queue.close();
  }

  private async work(job: Job<DialJob>, token: string | undefined): Promise<void> {
    const result = await this.parts.dispatch(job.data.orderId);
    this.isAway = false;
    if (result.kind !== 'later' && result.kind !== 'full') return;
    await job.moveToDelayed(Date.now() + Math.max(0, result.at - this.parts.now()), token);
    throw new DelayedError();
  }

  /** Every order that is due has a job; where it has one already nothing happens. */
  private async fill(): Promise<void> {
    const { book, now } = this.parts;
    for (const { order_id, due_at, attempts } of await book.due(now() + AHEAD_MS, AT_ONCE))
      await this.add(order_id, due_at, attempts);
  }

  private async add(orderId: string, dueAt: number, attempt: number): Promise<void> {
    if (this.isClosed) return;
    try {
      const delay = Math.max(0, dueAt - this.parts.now());
      await this.queue.add('dial', { orderId }, { jobId: `${orderId}-${attempt}`, delay });
      this.isAway = false;
    } catch (error) {
      this.away(error);
    }
  }

  private away(error: unknown): void {
    if (this.isAway || this.isClosed) return;
    this.isAway = true;
    const { code, message } = asGatewayError(error, 'DIAL_REDIS_AWAY', 'Redis does not answer');
    this.parts.log.warn({ code, reason: message }, 'Redis is away: orders wait and nobody is called.');
  }
}
