import { randomBytes, randomUUID } from 'node:crypto';
import type { EventType, OutgoingHttp } from '#libs/contracts';
import { type OpenDatabase, type WebhookSubscriptionTable } from '#libs/store';
import type { AudienceFile } from './audience-file.js';
import { errors } from './errors.js';
import { chosen, DEFAULT_EVENTS } from './event-choice.js';

const MOST = 100;
const SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

export interface WebhookRequest {
  readonly url: string;
  /** Types, or beginnings such as `call.*`. */
  readonly events?: readonly string[];
  /** Only calls of these agents; null or absent: of all. Orders to dial are told to those alone that take all. */
  readonly agents?: readonly string[] | null;
  readonly enabled?: boolean;
  /** `whsec_` and base64; absent: one is made, or the known one stays. */
  readonly secret?: string;
}

/** One that is told of events. Instants are milliseconds since 1970. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly agents: readonly string[] | null;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Nothing was delivered since then. */
  readonly failingSince: number | null;
  /** Left alone until then. */
  readonly pausedUntil: number | null;
  /** Why the last delivery failed. */
  readonly lastCode: string | null;
}

export interface NewWebhook {
  readonly webhook: Webhook;
  /** Shown once. */
  readonly secret: string;
}

/** A webhook as the worker needs it. */
export interface Subscription {
  readonly webhook: Webhook;
  readonly secret: string;
  readonly types: ReadonlySet<EventType>;
}

/** Who is to be told of what: enough to keep an event for them while the database is away. */
export type Listener = Pick<Webhook, 'id' | 'events' | 'agents' | 'enabled'>;

export type Health = Pick<Webhook, 'failingSince' | 'pausedUntil' | 'lastCode' | 'enabled'>;

/** Who is to be told. Known in memory, so that an event is matched at once; looked at again every few seconds. */
export class Subscriptions {
  private known = new Map<string, Subscription>();
  private listeners: readonly KnownListener[] = [];
  private isRead = false;
  private changes = 0;

  constructor(
    private readonly database: OpenDatabase,
    private readonly http: OutgoingHttp,
    private readonly wallMs: () => number,
    private readonly file: AudienceFile,
  ) {}

  get all(): Iterable<Subscription> {
    return this.known.values();
  }

  /** Who is to be told; where the database was away since the start, as an earlier process had read it last. */
  get audience(): readonly KnownListener[] {
    return this.listeners;
  }

  /** What an earlier process knew, until the database has answered. Never rejects. */
  async recall(): Promise<void> {
    const remembered = await this.file.read();
    if (!this.isRead) this.listeners = remembered.map(knownListener);
  }

  get(id: string): Subscription | null {
    return this.known.get(id) ?? null;
  }

  /** Also what other processes have changed. Rejects with STORE_AWAY; what was known stays. */
  refresh(): Promise<void> {
    return this.database.ask(async (db) => {
      let seen: number;
      let rows: WebhookSubscriptionTable[];
      do {
        seen = this.changes;
        rows = await db.selectFrom('webhook_subscriptions').selectAll().orderBy('created_at').execute();
      } while (seen !== this.changes);
      this.known = new Map(rows.map((row) => [row.subscription_id, subscriptionOf(row)]));
      this.isRead = true;
      this.changed();
      await this.file.write([...this.all].map(({ webhook }) => webhook));
    });
  }

  /** Rejects with WEBHOOK_… or HTTP_URL_REFUSED where the request is wrong. */
  async create(request: WebhookRequest, by: string): Promise<NewWebhook> {
    this.check(request);
    const secret = request.secret ?? `whsec_${randomBytes(32).toString('base64')}`;
    const row: WebhookSubscriptionTable = {
      subscription_id: randomUUID(),
      url: request.url,
      secret,
      events: JSON.stringify(request.events ?? DEFAULT_EVENTS),
      agents: listOrNull(request.agents),
      enabled: request.enabled === false ? 0 : 1,
      created_at: this.wallMs(),
      created_by: by,
      failing_since: null,
      paused_until: null,
      last_code: null,
    };
    return this.change(async (db) => {
      const { count } = await db
        .selectFrom('webhook_subscriptions')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= MOST) throw errors.tooMany(MOST);
      await db.insertInto('webhook_subscriptions').values(row).execute();
      return { webhook: this.know(row).webhook, secret };
    });
  }

  /** In place of what was; a paused or switched-off one begins again. Null: there is none. */
  async replace(id: string, request: WebhookRequest): Promise<Webhook | null> {
    this.check(request);
    return this.change(async (db) => {
      await db
        .updateTable('webhook_subscriptions')
        .set({
          url: request.url,
          events: JSON.stringify(request.events ?? DEFAULT_EVENTS),
          agents: listOrNull(request.agents),
          enabled: request.enabled === false ? 0 : 1,
          failing_since: null,
          paused_until: null,
          last_code: null,
          ...(request.secret === undefined ? {} : { secret: request.secret }),
        })
        .where('subscription_id', '=', id)
        .execute();
      return this.reread(id);
    });
  }

  /** False: there was none. */
  remove(id: string): Promise<boolean> {
    return this.change(async (db) => {
      const { numDeletedRows } = await db
        .deleteFrom('webhook_subscriptions')
        .where('subscription_id', '=', id)
        .executeTakeFirstOrThrow();
      this.changes++;
      this.known.delete(id);
      this.changed();
      return numDeletedRows > 0n;
    });
  }

  /** How its deliveries go. */
  note(id: string, health: Health): Promise<void> {
    const known = this.known.get(id);
    if (known === undefined) return Promise.resolve();
    this.known.set(id, { ...known, webhook: { ...known.webhook, ...health } });
    this.changes++;
    this.changed();
    return this.database.ask(async (db) => {
      await db
        .updateTable('webhook_subscriptions')
        .set({
          failing_since: health.failingSince,
          paused_until: health.pausedUntil,
          last_code: health.lastCode,
          enabled: health.enabled ? 1 : 0,
        })
        .where('subscription_id', '=', id)
        .execute();
    });
  }

  private changed(): void {
    this.listeners = [...this.all].map(({ webhook, types }) => ({ ...webhook, types }));
  }

  private check({ url, events, secret }: WebhookRequest): void {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw errors.badUrl();
    this.http.check(url);
    chosen(events ?? DEFAULT_EVENTS);
    if (secret !== undefined && !isSecret(secret)) throw errors.badSecret();
  }

  private async reread(id: string): Promise<Webhook | null> {
    const row = await this.database.db
      .selectFrom('webhook_subscriptions')
      .selectAll()
      .where('subscription_id', '=', id)
      .executeTakeFirst();
    return row === undefined ? null : this.know(row).webhook;
  }

  private know(row: WebhookSubscriptionTable): Subscription {
    const subscription = subscriptionOf(row);
    this.changes++;
    this.known.set(row.subscription_id, subscription);
    this.changed();
    return subscription;
  }

  /** Not before all are known: those whom an earlier process remembered would be told nothing until they are read. */
  private async change<T>(question: (db: OpenDatabase['db']) => Promise<T>): Promise<T> {
    if (!this.isRead) await this.refresh();
    return this.database.ask(question);
  }
}

export interface KnownListener extends Listener {
  readonly types: ReadonlySet<EventType>;
}

function knownListener(listener: Listener): KnownListener {
  return { ...listener, types: typesOf(listener.events) };
}

function isSecret(secret: string): boolean {
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64').length;
  return SECRET.test(secret) && bytes >= 24 && bytes <= 64;
}

function listOrNull(list: readonly string[] | null | undefined): string | null {
  return list === null || list === undefined ? null : JSON.stringify(list);
}

function subscriptionOf(row: WebhookSubscriptionTable): Subscription {
  const events = JSON.parse(row.events) as string[];
  return {
    secret: row.secret,
    types: typesOf(events),
    webhook: {
      id: row.subscription_id,
      url: row.url,
      events,
      agents: row.agents === null ? null : (JSON.parse(row.agents) as string[]),
      enabled: row.enabled === 1,
      createdAt: row.created_at,
      createdBy: row.created_by,
      failingSince: row.failing_since,
      pausedUntil: row.paused_until,
      lastCode: row.last_code,
    },
  };
}

/** What a newer version of the gateway has stored may name events that this one does not have. */
function typesOf(events: readonly string[]): ReadonlySet<EventType> {
  const types = new Set<EventType>();
  for (const event of events) {
    try {
      for (const type of chosen([event])) types.add(type);
    } catch {
      // Not told here.
    }
  }
  return types;
}
