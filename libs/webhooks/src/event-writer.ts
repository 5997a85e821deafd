import { randomUUID } from 'node:crypto';
import type { EventType } from '#libs/contracts';
import type { SpooledWriter, WebhookOutboxTable } from '#libs/store';
import { newRow } from './outbox-row.js';
import type { Subscriptions } from './subscriptions.js';

const LONGEST_TEXT = 16_000;

/** One event, already without what must not be told. */
export interface Told {
  readonly type: EventType;
  readonly data: object;
  /** Empty: nobody's call. */
  readonly callId: string;
  /** Null: no agent's. */
  readonly agent: string | null;
  /** Since the call began. */
  readonly atMs: number;
  /** What is told one after the other. */
  readonly lane: string;
}

/** Makes rows of the outbox out of events: one for each that is to be told. They are written behind the calls. */
export class EventWriter {
  private lastPosition = 0;

  constructor(
    private readonly rows: SpooledWriter<WebhookOutboxTable>,
    private readonly subscriptions: Pick<Subscriptions, 'audience'>,
    private readonly wallMs: () => number,
  ) {}

  /** Never waits, never throws. */
  put(told: Told): void {
    let body: string | null = null;
    for (const { id, enabled, types, agents } of this.subscriptions.audience) {
      if (!enabled || !types.has(told.type) || !meant(agents, told.agent)) continue;
      const at = Math.round(this.wallMs());
      body ??= bodyOf(told, at);
      this.rows.put(
        newRow({
          delivery_id: `msg_${randomUUID()}`,
          subscription_id: id,
          lane: told.lane,
          position: this.nextPosition(at),
          call_id: told.callId === '' ? null : told.callId,
          body,
          created_at: at,
        }),
      );
    }
  }

  /** Is there anybody who is to be told of it? */
  wants(type: EventType, agent: string): boolean {
    return this.subscriptions.audience.some(
      ({ enabled, types, agents }) => enabled && types.has(type) && meant(agents, agent),
    );
  }

  /** Grows also over a restart. */
  private nextPosition(at: number): number {
    this.lastPosition = Math.max(this.lastPosition + 1, at * 1000);
    return this.lastPosition;
  }
}

function meant(agents: readonly string[] | null, agent: string | null): boolean {
  return agents === null || (agent !== null && agents.includes(agent));
}

function bodyOf({ type, callId, atMs, data }: Told, at: number): string {
  return JSON.stringify({
    type,
    callId: callId === '' ? null : callId,
    atMs: Math.max(0, Math.round(atMs)),
    at,
    data: bounded(data),
  });
}

function bounded(data: object): object {
  const entries = Object.entries(data);
  const isLong = (value: unknown): value is string =>
    typeof value === 'string' && value.length > LONGEST_TEXT;
  if (!entries.some(([, value]) => isLong(value))) return data;
  return Object.fromEntries(
    entries.map(([key, value]) => [key, isLong(value) ? `${value.slice(0, LONGEST_TEXT)}…` : value]),
  );
}
