import { Webhook as Signer } from 'standardwebhooks';
import {
  asGatewayError,
  type Clock,
  type EventSink,
  GatewayError,
  type Log,
  type OutgoingHttp,
} from '#libs/contracts';
import type { WebhookOutboxTable } from '#libs/store';
import type { Outbox } from './outbox.js';
import { retryDelayMs } from './retry-delay.js';
import type { Subscription, Subscriptions, Webhook } from './subscriptions.js';
import type { WebhooksConfig } from './webhooks.config.js';

const HOUR_MS = 3_600_000;
const MOST_ANSWER_BYTES = 16 * 1024;
/** Of all endpoints together, and one more of each that has none of these. */
const MOST_AT_ONCE = 64;
/** The endpoint does not want to be told any more. */
const GONE = 410;

export interface CourierParts {
  readonly config: WebhooksConfig;
  readonly outbox: Outbox;
  readonly subscriptions: Subscriptions;
  readonly http: OutgoingHttp;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventSink;
  readonly wallMs: () => number;
  readonly random: () => number;
}

/** Brings what lies in the outbox to those who are to be told. One slow endpoint holds up nobody else. */
export class Courier {
  private readonly abort = new AbortController();
  private readonly underWay = new Map<string, number>();
  private readonly deliveries = new Set<Promise<void>>();
  private working = false;
  private isAskedAgain = false;

  constructor(private readonly parts: CourierParts) {}

  /** Looks what is due and sends it. Never rejects, never waits for an endpoint. */
  async work(): Promise<void> {
    if (this.working) {
      this.isAskedAgain = true;
      return;
    }
    this.working = true;
    try {
      do {
        this.isAskedAgain = false;
        for (const subscription of this.parts.subscriptions.all) await this.workFor(subscription);
      } while (this.isAskedAgain);
    } catch (thrown) {
      const { code } = asGatewayError(thrown, 'WEBHOOK_WORK_FAILED', 'Webhooks could not be looked after');
      this.parts.log.debug({ code }, 'Webhooks wait until the database is there.');
    } finally {
      this.working = false;
    }
  }

  /** Resolves when what was under way has ended; what did not arrive is sent again by whoever comes next. */
  async close(): Promise<void> {
    this.abort.abort();
    await Promise.allSettled(this.deliveries);
  }

  private async workFor({ webhook }: Subscription): Promise<void> {
    const { outbox } = this.parts;
    const running = this.underWay.get(webhook.id) ?? 0;
    // Each endpoint has a place of its own, however many places those take that do not answer.
    const places = Math.max(MOST_AT_ONCE - this.deliveries.size, running === 0 ? 1 : 0);
    const free = Math.min(this.allowed(webhook) - running, places);
    if (free <= 0 || this.abort.signal.aborted || !outbox.mayBeDue(webhook.id)) return;
    for (const row of await outbox.claim(webhook.id, free)) this.begin(row);
  }

  /** How many may be sent to it at once now. One at a time is tried while it fails. */
  private allowed({ enabled, pausedUntil, failingSince }: Webhook): number {
    if (!enabled) return 0;
    if (pausedUntil !== null && pausedUntil > this.parts.wallMs()) return 0;
    return failingSince === null ? this.parts.config.atOnce : 1;
  }

  private begin(row: WebhookOutboxTable): void {
    const { subscription_id: id } = row;
    this.underWay.set(id, (this.underWay.get(id) ?? 0) + 1);
    const delivery = this.deliver(row)
      .catch((thrown) => {
        // Its lease runs out and it is sent once more: at least once is what is promised.
        const { code } = asGatewayError(thrown, 'WEBHOOK_WORK_FAILED', 'A delivery could not be noted');
        this.parts.log.debug({ code }, 'What became of a delivery could not be noted.');
      })
      .finally(() => {
        this.deliveries.delete(delivery);
        const left = (this.underWay.get(id) ?? 1) - 1;
        if (left > 0) this.underWay.set(id, left);
        else this.underWay.delete(id);
        if (!this.abort.signal.aborted) void this.work();
      });
    this.deliveries.add(delivery);
  }

  private async deliver(row: WebhookOutboxTable): Promise<void> {
    const { outbox, subscriptions, config, events, clock, wallMs, random } = this.parts;
    const subscription = subscriptions.get(row.subscription_id);
    if (subscription === null) return outbox.dead(row);
    if (row.call_id !== null && outbox.isForgotten(row.call_id)) {
      await outbox.forget([row.call_id]);
      return;
    }
    const sentMs = clock.nowMs();
    const failure = await this.send(row, subscription);
    if (this.abort.signal.aborted && failure !== null) return outbox.again(row, row.next_at);
    const tookMs = clock.nowMs() - sentMs;
    events.publish('webhook.attempted', { webhookId: row.subscription_id, code: failure, tookMs });
    if (failure === null) {
      await outbox.delivered(row);
      return this.noteSuccess(subscription.webhook.id);
    }
    const nextAt = wallMs() + retryDelayMs(row.attempts, random);
    const isOver = nextAt >= row.created_at + config.retryHours * HOUR_MS;
    if (isOver) {
      await outbox.dead(row);
      events.publish('webhook.given.up', { events: 1 });
    } else await outbox.again(row, nextAt);
    await this.noteFailure(subscription.webhook.id, failure);
  }

  /** Null: it has arrived. Otherwise why not. */
  private async send(row: WebhookOutboxTable, { webhook, secret }: Subscription): Promise<string | null> {
    const { http, config, wallMs } = this.parts;
    const at = new Date(wallMs());
    try {
      const { status } = await http.send({
        url: webhook.url,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Patchbay',
          'webhook-id': row.delivery_id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': new Signer(secret).sign(row.delivery_id, at, row.body),
        },
        body: row.body,
        timeoutMs: config.timeoutMs,
        maxBytes: MOST_ANSWER_BYTES,
        signal: this.abort.signal,
      });
      return status >= 200 && status < 300 ? null : `WEBHOOK_STATUS_${status}`;
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.code : 'WEBHOOK_SEND_FAILED';
    }
  }

  private async noteSuccess(id: string): Promise<void> {
    const webhook = this.parts.subscriptions.get(id)?.webhook;
    if (webhook === undefined || (webhook.failingSince === null && webhook.lastCode === null)) return;
    await this.parts.subscriptions.note(id, {
      failingSince: null,
      pausedUntil: null,
      lastCode: null,
      enabled: webhook.enabled,
    });
  }

  private async noteFailure(id: string, code: string): Promise<void> {
    const { subscriptions, config, log, wallMs } = this.parts;
    const webhook = subscriptions.get(id)?.webhook;
    if (webhook === undefined) return;
    const now = Math.round(wallMs());
    const failingSince = webhook.failingSince ?? now;
    const pauses = now - failingSince >= config.pauseAfterMs;
    const isGone = code === `WEBHOOK_STATUS_${GONE}`;
    if (webhook.failingSince === null || isGone || (pauses && webhook.pausedUntil === null)) {
      const words = isGone
        ? 'A webhook is switched off: its endpoint wants to be told no more.'
        : pauses
          ? 'A webhook has failed for long and is left alone for a while.'
          : 'A webhook could not be delivered; it is tried again.';
      log.warn({ code, webhookId: id }, words);
    }
    await subscriptions.note(id, {
      failingSince,
      pausedUntil: pauses ? now + config.pauseForMs : webhook.pausedUntil,
      lastCode: code,
      enabled: webhook.enabled && !isGone,
    });
  }
}
