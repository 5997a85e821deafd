import type { Registry } from 'prom-client';
import { type Backlogs, type Cancel, type Clock, LOSSES, SPOOLS } from '#libs/contracts';
import { type BacklogCatalogue, createBacklogCatalogue } from './service.catalogue.js';

/** Prometheus does not wait longer for the database: there is no value then, and the next scrape asks again. */
const ANSWER_WITHIN_MS = 1000;

/**
 * What waits, when Prometheus asks: on disk, of this process; orders and events, in the database, of all its processes. Each question
 * is asked once for all gauges that it fills, and not again while it is under way.
 */
export class BacklogMetrics {
  private readonly metrics: BacklogCatalogue;
  private readonly asked = new Map<object, Promise<void>>();
  /** What the counters have already, by spool and why. */
  private readonly counted = new Map<string, number>();

  constructor(
    registry: Registry,
    private readonly backlogs: Backlogs,
    private readonly clock: Clock,
  ) {
    const dials = () => this.dials();
    const outbox = () => this.outbox();
    this.metrics = createBacklogCatalogue(registry, {
      spools: () => this.spools(),
      dials: () => this.once(dials),
      outbox: () => this.once(outbox),
    });
    for (const spool of SPOOLS) {
      this.metrics.spoolDelivered.inc({ spool }, 0);
      for (const reason of LOSSES) this.metrics.spoolLost.inc({ spool, reason }, 0);
    }
  }

  private spools(): void {
    const { metrics } = this;
    for (const spool of SPOOLS) {
      const { rows, fill, oldestAgeMs, delivered, lost } = this.backlogs.spool(spool);
      metrics.spoolRows.set({ spool }, rows);
      metrics.spoolFill.set({ spool }, fill);
      metrics.spoolAge.set({ spool }, (oldestAgeMs ?? 0) / 1000);
      metrics.spoolDelivered.inc({ spool }, this.more(spool, delivered));
      for (const reason of LOSSES)
        metrics.spoolLost.inc({ spool, reason }, this.more(`${spool} ${reason}`, lost[reason] ?? 0));
    }
  }

  private async dials(): Promise<void> {
    const { dialsWaiting, dialOverdue, dialSpend, dialSpendLimit } = this.metrics;
    const found = await this.inTime(this.backlogs.dials());
    if (found === null) {
      dialsWaiting.reset();
      for (const gauge of [dialOverdue, dialSpend, dialSpendLimit]) gauge.remove();
      return;
    }
    for (const [state, count] of Object.entries(found.orders)) dialsWaiting.set({ state }, count);
    dialOverdue.set((found.overdueMs ?? 0) / 1000);
    dialSpend.set(found.spentUsd);
    dialSpendLimit.set(found.spendLimitUsd);
  }

  private async outbox(): Promise<void> {
    const { outboxWaiting, outboxAge } = this.metrics;
    const found = await this.inTime(this.backlogs.outbox());
    if (found === null) {
      for (const gauge of [outboxWaiting, outboxAge]) gauge.remove();
      return;
    }
    outboxWaiting.set(found.waiting);
    outboxAge.set((found.oldestAgeMs ?? 0) / 1000);
  }

  private once(ask: () => Promise<void>): Promise<void> {
    const known = this.asked.get(ask);
    if (known !== undefined) return known;
    const asked = ask().finally(() => this.asked.delete(ask));
    this.asked.set(ask, asked);
    return asked;
  }

  /** Null: the database is away, or takes too long. What it says later is of no matter. */
  private async inTime<T>(answer: Promise<T>): Promise<T | null> {
    let cancel: Cancel = () => undefined;
    const late = new Promise<null>((resolve) => {
      cancel = this.clock.after(ANSWER_WITHIN_MS, () => resolve(null));
    });
    // That it is away is told by its own event and log line.
    return Promise.race([answer.catch(() => null), late]).finally(cancel);
  }

  /** How much has come to a running number since it was counted last. */
  private more(name: string, now: number): number {
    const before = this.counted.get(name) ?? 0;
    this.counted.set(name, now);
    return Math.max(0, now - before);
  }
}
