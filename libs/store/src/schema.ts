/**
 * The tables of Patchbay, the same in libsql and in Postgres: ids are text, instants are integers (milliseconds since 1970), what has
 * a shape of its own is JSON in a text column. A library that keeps something adds its table here and a migration beside the others.
 */
export interface Database {
  calls: CallTable;
  transcript_items: TranscriptItemTable;
  journal: JournalTable;
  instances: InstanceTable;
  api_keys: ApiKeyTable;
  agent_versions: AgentVersionTable;
  webhook_subscriptions: WebhookSubscriptionTable;
  webhook_outbox: WebhookOutboxTable;
  dial_orders: DialOrderTable;
  dial_attempts: DialAttemptTable;
  dial_days: DialDayTable;
  dial_keys: DialKeyTable;
}

export interface CallTable {
  call_id: string;
  /** The process that runs the call, or ran it: `instances.instance_id`. */
  instance_id: string;
  /** Counts up with each state of the call; a late writer never replaces a newer one. */
  revision: number;
  platform: string;
  platform_call_id: string;
  direction: 'inbound' | 'outbound';
  from_party: string | null;
  to_party: string | null;
  agent: string;
  agent_version: number;
  backend: string;
  order_id: string | null;
  started_at: number;
  connected_at: number | null;
  ended_at: number | null;
  end_reason: string | null;
  end_owner: string | null;
  end_code: string | null;
  /** Figures that are asked for over many calls, taken out of the JSON. */
  turn_latency_ms: number | null;
  score: number | null;
  cost_usd: number | null;
  /** JSON of the fields of the same names in CallRecord. */
  figures: string | null;
  quality: string | null;
  tools: string;
  recording: string | null;
  /** From then on transcript, journal and parties are to be deleted; null: never, or it was done. */
  forget_at: number | null;
  /** From then on the recording is to be deleted; null: never. */
  recording_due_at: number | null;
  /** When transcript, journal and parties were deleted; nothing of them is taken afterwards. */
  forgotten_at: number | null;
  /** Since when the recording is not to be kept, also one that is still being made; null: nobody has said so. */
  recording_unwanted_at: number | null;
  /** The folder of data of the process that ran the call, where its recording lies: `instances.seat`. Null: not known. */
  seat: string | null;
}

export interface TranscriptItemTable {
  call_id: string;
  item_id: string;
  revision: number;
  speaker: 'caller' | 'agent' | 'operator';
  at_ms: number;
  end_ms: number | null;
  said: string;
  heard: string;
  heard_ms: number | null;
  sent_ms: number | null;
  /** `said` in small letters, for the search. */
  search: string;
}

export interface JournalTable {
  call_id: string;
  seq: number;
  at_ms: number;
  type: string;
  /** JSON. */
  data: string;
}

/** Processes that keep calls in this database. */
export interface InstanceTable {
  instance_id: string;
  /** The folder of data that the process works in: a process started there later is its successor. */
  seat: string;
  host: string;
  pid: number;
  started_at: number;
  heartbeat_at: number;
}

/** Versions of agents (`kind` agent) and of the routes (`kind` routes, with an empty name). */
export interface AgentVersionTable {
  kind: 'agent' | 'routes';
  name: string;
  version: number;
  /** What comes from files and what comes from the API are two histories that share one count. */
  source: 'file' | 'api';
  origin: 'file' | 'api' | 'removed';
  /** JSON with its keys in order; empty where `origin` is `removed`. */
  content: string;
  made_by: string;
  made_at: number;
}

export interface ApiKeyTable {
  key_id: string;
  name: string;
  role: 'viewer' | 'operator' | 'admin';
  /** SHA-256 of the secret, as hexadecimal digits; the secret itself is kept nowhere. */
  hash: string;
  created_at: number;
  created_by: string;
  last_used_at: number | null;
  revoked_at: number | null;
}

/** Calls to be placed and what became of them. */
export interface DialOrderTable {
  order_id: string;
  state: 'queued' | 'dialling' | 'ringing' | 'answered' | 'over';
  platform: string;
  /** E.164, here and below. Empty once it was erased. */
  to_number: string;
  /** Empty: the platform's own. */
  from_number: string;
  agent: string;
  /** JSON. */
  parameters: string;
  ring_for_ms: number;
  /** 0 or 1, as the next. */
  detect_machine: number;
  record_at_platform: number;
  on_machine: 'continue' | 'hang-up';
  time_zone: string | null;
  ordered_by: string;
  ordered_at: number;
  /** Not dialled before, while it is queued. */
  due_at: number;
  /** The number of the attempt that runs or ran last; an attempt that is named by it is dialled once. */
  attempts: number;
  /** JSON: how often it was tried again for each cause. */
  retries: string;
  /** The process that follows the attempt, for as long as its lease lasts. */
  owner: string | null;
  lease_until: number;
  /** When the attempt was decided on, before the platform was asked. */
  claimed_at: number | null;
  /** The platform's id of the call; null: it has not told that it took the order. */
  receipt: string | null;
  answered_at: number | null;
  over_at: number | null;
  outcome: string | null;
  code: string | null;
  callee: string | null;
  call_id: string | null;
  /** Somebody wants it to be over; it is not tried again. */
  cancelled_by: string | null;
}

export interface DialAttemptTable {
  order_id: string;
  attempt: number;
  /** Of `dial_days`. */
  day: string;
  to_number: string;
  claimed_at: number;
  /** Reserved while the attempt runs, then what it will have cost. */
  usd: number;
  outcome: string | null;
  code: string | null;
}

/** What calls cost on a day (UTC, such as 2026-03-29), reserved or estimated. */
export interface DialDayTable {
  day: string;
  usd: number;
}

/** Orders given with a key of idempotency. */
export interface DialKeyTable {
  key: string;
  order_id: string;
  /** SHA-256 of the request, as hexadecimal digits. */
  fingerprint: string;
  ordered_at: number;
}

/** Who wants to be told of events. */
export interface WebhookSubscriptionTable {
  subscription_id: string;
  url: string;
  /** Signs what is sent; whoever can read the database can sign. */
  secret: string;
  /** JSON: a list of types, or of beginnings such as `call.*`. */
  events: string;
  /** JSON: a list of names; null: calls of all agents. */
  agents: string | null;
  /** 0 or 1. */
  enabled: number;
  created_at: number;
  created_by: string;
  /** Nothing was delivered since then; null: the last delivery worked. */
  failing_since: number | null;
  /** Nothing is sent before. */
  paused_until: number | null;
  last_code: string | null;
}

/** Events that are to be told, in order within a lane. */
export interface WebhookOutboxTable {
  /** The `webhook-id` of every attempt. */
  delivery_id: string;
  subscription_id: string;
  /** What is delivered one after the other: a call or an order to dial. */
  lane: string;
  /** Counts up within the lane. */
  position: number;
  call_id: string | null;
  /** Empty once it was delivered. */
  body: string;
  state: 'waiting' | 'delivered' | 'dead';
  created_at: number;
  /** Not sent before. */
  next_at: number;
  attempts: number;
  /** The process that is sending it, for as long as its lease lasts. */
  owner: string | null;
  lease_until: number;
  done_at: number | null;
}
