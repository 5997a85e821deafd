import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  asGatewayError,
  type CallObserver,
  type CallView,
  type Cancel,
  type Clock,
  EventRedactor,
  type EventSink,
  type EventSource,
  type Log,
  type OutboxBacklog,
  type OutgoingHttp,
  type Redact,
  type SpoolState,
} from '#libs/contracts';
import { type OpenDatabase, SpooledWriter, type WebhookOutboxTable } from '#libs/store';
import { AudienceFile } from './audience-file.js';
import { Courier } from './courier.js';
import { EventWriter } from './event-writer.js';
import { Outbox, type OutboxCounts } from './outbox.js';
import { outboxRows } from './outbox-row.js';
import { type NewWebhook, Subscriptions, type Webhook, type WebhookRequest } from './subscriptions.js';
import type { WebhooksConfig } from './webhooks.config.js';

const WORK_EVERY_MS = 1000;
const REFRESH_EVERY_MS = 5000;
const SWEEP_EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;

export interface WebhooksParts {
  readonly config: WebhooksConfig;
  readonly database: OpenDatabase;
  /** Where events wait while the database is away. */
  readonly dataDir: string;
  /** Size that they may take there. */
  readonly spoolMaxBytes: number;
  readonly http: OutgoingHttp;
  readonly clock: Clock;
  readonly log: Log;
  /** The gateway's, for what belongs to no call. */
  readonly events: EventSource & EventSink;
  readonly redact: Redact;
  /** Milliseconds since 1970; `Date.now` unless said otherwise. */
  readonly wallMs?: () => number;
  /** 0 … 1; `Math.random` unless said otherwise. */
  readonly random?: () => number;
}

/**
 * Tells others what happens in calls: signed after Standard Webhooks, at least once, in order within a call. It watches calls as an
 * observer does; nothing waits for it.
 */
export class Webhooks implements CallObserver {
  readonly name = 'webhooks';
  private readonly writer: EventWriter;
  private readonly courier: Courier;
  private readonly stops: Cancel[] = [];
  private isSweeping = false;

  private constructor(
    private readonly parts: WebhooksParts,
    private readonly subscriptions: Subscriptions,
    private readonly outbox: Outbox,
    private readonly rows: SpooledWriter<WebhookOutboxTable>,
  ) {
    const { config, http, clock, log, events, wallMs = Date.now, random = Math.random } = parts;
    this.writer = new EventWriter(rows, subscriptions, wallMs);
    this.courier = new Courier({
      config,
      outbox,
      subscriptions,
      http,
      clock,
      log,
      events,
      wallMs,
      random,
    });
  }

  /** Rejects when DATA_DIR cannot be used. While the database is away nobody is told, and what is to be told waits on disk. */
  static async open(parts: WebhooksParts): Promise<Webhooks> {
    const { database, dataDir, spoolMaxBytes, http, clock, log, wallMs = Date.now } = parts;
    const file = new AudienceFile(join(dataDir, 'webhooks.json'), log);
    const subscriptions = new Subscriptions(database, http, wallMs, file);
    const outbox = new Outbox(database, randomUUID(), wallMs);
    let webhooks: Webhooks | null = null;
    const rows = await SpooledWriter.open({
      kind: outboxRows(outbox),
      folder: join(dataDir, 'spool', 'webhooks'),
      spoolMaxBytes,
      clock,
      log,
      onWritten: () => void webhooks?.courier.work(),
    });
    webhooks = new Webhooks(parts, subscriptions, outbox, rows);
    await webhooks.start();
    return webhooks;
  }

  /** What was told so far lies in the outbox then, or on disk; whoever starts next delivers it. */
  async close(): Promise<void> {
    for (const stop of this.stops.splice(0)) stop();
    await this.courier.close();
    await this.rows.close();
  }

  /** What waits on disk for the database. */
  get spool(): SpoolState {
    return this.rows.state;
  }

  /** What is still to be told to those who are to be told. Rejects with STORE_AWAY. */
  backlog(): Promise<OutboxBacklog> {
    const ids = this.subscriptions.audience.flatMap(({ id, enabled }) => (enabled ? [id] : []));
    return this.outbox.backlog(ids);
  }

  onCall(call: CallView): void {
    const agent = call.agent.name;
    const redactor = new EventRedactor(this.parts.redact, call.agent.privacy.redact);
    // Not given up when the call ends: others tell their results while they finish.
    call.router.onAny((type, data, { atMs }) => {
      // Whether keys may be told hangs on events that nobody may have asked for.
      if (!this.writer.wants(type, agent) && !type.startsWith('digits.')) return;
      const told = redactor.event(type, data);
      this.writer.put({
        type,
        data: told,
        callId: call.id,
        agent,
        atMs: atMs - call.offeredMs,
        lane: call.id,
      });
    });
  }

  list(): Promise<readonly Webhook[]> {
    return this.subscriptions.refresh().then(() => [...this.subscriptions.all].map(({ webhook }) => webhook));
  }

  /** Null: there is none. */
  async find(id: string): Promise<(Webhook & OutboxCounts) | null> {
    await this.subscriptions.refresh();
    const found = this.subscriptions.get(id);
    return found === null ? null : { ...found.webhook, ...(await this.outbox.counts(id)) };
  }

  create(request: WebhookRequest, by: string): Promise<NewWebhook> {
    return this.subscriptions.create(request, by);
  }

  replace(id: string, request: WebhookRequest): Promise<Webhook | null> {
    return this.subscriptions.replace(id, request);
  }

  /** False: there was none. What it was still to be told is not told any more. */
  async remove(id: string): Promise<boolean> {
    // Before it is gone, so that who asks again after a database that went away meanwhile still finds it; then what came meanwhile.
    await this.outbox.forgetSubscription(id);
    const isRemoved = await this.subscriptions.remove(id);
    this.rows.forget(({ subscription_id }) => subscription_id === id);
    await this.outbox.forgetSubscription(id);
    return isRemoved;
  }

  /** Nothing of these calls is told any more, but for what is under way. Returns how many events that were. */
  async forgetCalls(callIds: readonly string[]): Promise<number> {
    const ids = new Set(callIds);
    this.rows.forget(({ call_id }) => call_id !== null && ids.has(call_id));
    // What lies on disk cannot be taken out: the outbox does not take it when it comes.
    return this.outbox.forget(callIds);
  }

  private async start(): Promise<void> {
    const { clock, events } = this.parts;
    await this.subscriptions.recall();
    await this.refresh();
    this.stops.push(
      events.on('dial.changed', (data, { atMs }) =>
        this.writer.put({
          type: 'dial.changed',
          data,
          callId: '',
          agent: null,
          atMs,
          lane: `order ${data.orderId}`,
        }),
      ),
      clock.every(WORK_EVERY_MS, () => void this.courier.work()),
      clock.every(REFRESH_EVERY_MS, () => void this.refresh()),
      clock.every(SWEEP_EVERY_MS, () => void this.sweep()),
    );
    void this.sweep();
    void this.courier.work();
  }

  private async refresh(): Promise<void> {
    try {
      await this.subscriptions.refresh();
    } catch (thrown) {
      const { code } = asGatewayError(thrown, 'WEBHOOK_WORK_FAILED', 'Webhooks could not be read');
      this.parts.log.debug({ code }, 'Webhooks could not be looked at again.');
    }
  }

  private async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      const dead = await this.outbox.sweep(this.parts.config.retryHours * HOUR_MS);
      if (dead === 0) return;
      this.parts.log.warn({ code: 'WEBHOOK_DEAD', events: dead }, 'Events could not be told in time.');
      this.parts.events.publish('webhook.given.up', { events: dead });
    } catch (thrown) {
      const { code } = asGatewayError(thrown, 'WEBHOOK_WORK_FAILED', 'The outbox could not be swept');
      this.parts.log.debug({ code }, 'What waits for webhooks could not be swept.');
    } finally {
      this.isSweeping = false;
    }
  }
}
