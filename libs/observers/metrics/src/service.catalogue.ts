import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is counted around the calls: those that are placed, webhooks, tools, recordings, and what waits on disk. */
export interface ServiceCatalogue {
  readonly dialsOrdered: Counter;
  readonly dialAttempts: Counter;
  readonly dialsOver: Counter<'outcome'>;
  readonly dialCodes: Counter<'code'>;
  readonly dialRefusals: Counter<'code'>;
  readonly webhookDeliveries: Counter<'result'>;
  readonly webhookDelivery: Histogram<'result'>;
  readonly webhookGivenUp: Counter;
  readonly toolCalls: Counter<'result'>;
  readonly toolTime: Histogram<'result'>;
  readonly recordingBytes: Counter;
  readonly recordingTime: Counter;
  readonly recordingFailures: Counter<'code'>;
}

const FAR_SIDE_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

export function createServiceCatalogue(registry: Registry): ServiceCatalogue {
  const registers = [registry];
  const count = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name, help, labelNames, registers });
  const time = (name: string, help: string) =>
    new Histogram({ name, help, labelNames: ['result'], buckets: FAR_SIDE_SECONDS, registers });
  return {
    dialsOrdered: count('gateway_dial_orders_total', 'Orders to place a call that were taken on.'),
    dialAttempts: count('gateway_dial_attempts_total', 'Calls that a platform was asked to place.'),
    dialsOver: count('gateway_dials_total', 'Orders that are over, by how.', ['outcome']),
    dialCodes: count('gateway_dial_failures_total', 'Orders that are over and were not answered, by why.', [
      'code',
    ]),
    dialRefusals: count(
      'gateway_dial_refusals_total',
      'Orders that were not taken on, or were given up by a guard before anybody was called, by why.',
      ['code'],
    ),
    webhookDeliveries: count('gateway_webhook_deliveries_total', 'Attempts to tell an endpoint, by result.', [
      'result',
    ]),
    webhookDelivery: time('gateway_webhook_delivery_seconds', 'How long an endpoint took to answer.'),
    webhookGivenUp: count(
      'gateway_webhook_given_up_total',
      'Events that nobody took in time and that are told no more.',
    ),
    toolCalls: count('gateway_tool_calls_total', 'Calls of functions by the model, by result.', ['result']),
    toolTime: time('gateway_tool_call_seconds', 'How long a function took to answer.'),
    recordingBytes: count('gateway_recording_bytes_total', 'Size of the recordings that were saved.'),
    recordingTime: count('gateway_recording_seconds_total', 'Length of the recordings that were saved.'),
    recordingFailures: count(
      'gateway_recording_failures_total',
      'Recordings that failed, wholly or in part, by the gateway’s own code.',
      ['code'],
    ),
  };
}

/** What waits, asked when Prometheus asks. */
export interface BacklogCatalogue {
  readonly dialsWaiting: Gauge<'state'>;
  readonly dialOverdue: Gauge;
  readonly dialSpend: Gauge;
  readonly dialSpendLimit: Gauge;
  readonly outboxWaiting: Gauge;
  readonly outboxAge: Gauge;
  readonly spoolRows: Gauge<'spool'>;
  readonly spoolFill: Gauge<'spool'>;
  readonly spoolAge: Gauge<'spool'>;
  readonly spoolDelivered: Counter<'spool'>;
  readonly spoolLost: Counter<'spool' | 'reason'>;
}

/** `collect…`: brings the figures up to date; each gauge waits for it before it is read. */
export function createBacklogCatalogue(
  registry: Registry,
  collect: {
    readonly spools: () => void;
    readonly dials: () => Promise<void>;
    readonly outbox: () => Promise<void>;
  },
): BacklogCatalogue {
  const registers = [registry];
  const gauge = <L extends string>(
    name: string,
    help: string,
    collected: () => void | Promise<void>,
    labelNames: readonly L[] = [],
  ) => new Gauge<L>({ name, help, labelNames, registers, collect: collected });
  return {
    dialsWaiting: gauge('gateway_dial_queue', 'Orders that are not over, by state.', collect.dials, [
      'state',
    ]),
    dialOverdue: gauge(
      'gateway_dial_queue_age_seconds',
      'For so long the order has been due that is due the longest; 0: none is.',
      collect.dials,
    ),
    dialSpend: gauge(
      'gateway_dial_spend_usd',
      'What the calls of this day (UTC) cost, reserved or estimated.',
      collect.dials,
    ),
    dialSpendLimit: gauge(
      'gateway_dial_spend_limit_usd',
      'What the calls of one day may cost.',
      collect.dials,
    ),
    outboxWaiting: gauge(
      'gateway_webhook_outbox_waiting',
      'Events that endpoints are still to be told; 10,000: or more.',
      collect.outbox,
    ),
    outboxAge: gauge(
      'gateway_webhook_outbox_age_seconds',
      'Age of the oldest of them; 0: none waits.',
      collect.outbox,
    ),
    spoolRows: gauge('gateway_spool_waiting', 'Rows that wait on disk for the database.', collect.spools, [
      'spool',
    ]),
    spoolFill: gauge(
      'gateway_spool_fill_ratio',
      'Part of their room on disk that is taken.',
      collect.spools,
      ['spool'],
    ),
    spoolAge: gauge(
      'gateway_spool_age_seconds',
      'Age of the oldest of them, by the file; 0: none waits.',
      collect.spools,
      ['spool'],
    ),
    spoolDelivered: new Counter({
      name: 'gateway_spool_delivered_total',
      help: 'Rows that have waited on disk and lie in the database.',
      labelNames: ['spool'],
      registers,
      collect: collect.spools,
    }),
    spoolLost: new Counter({
      name: 'gateway_spool_lost_total',
      help: 'Rows that could not be kept, by why.',
      labelNames: ['spool', 'reason'],
      registers,
      collect: collect.spools,
    }),
  };
}
