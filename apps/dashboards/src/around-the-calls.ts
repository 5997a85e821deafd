import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Section } from './layout.js';
import { NO_LIMITS, overTime } from './panels.js';
import { orZero, perMinute, quantile } from './promql.js';

/** What is around the calls, for Operations: those that are placed, webhooks, the disk, tools and recordings. */
export function aroundTheCalls(): Section[] {
  return [
    { title: 'Outbound calls', panels: dials() },
    { title: 'Webhooks', panels: webhooks() },
    { title: 'What waits on disk', panels: spools() },
    { title: 'Tools and recordings', panels: toolsAndRecordings() },
  ];
}

/** A quantile that is zero where nothing was measured. */
const tail = (histogram: string) => orZero(`${quantile(0.95, histogram, '', ['result'])} >= 0`);
/** Figures of the database are told by each of its processes. */
const ofDatabase = (gauge: string) => `max by (job) (${gauge})`;

function dials() {
  return [
    overTime({
      title: 'Orders to dial, by state',
      description:
        'Orders that are not over: queued ones wait for their time, window, pace or a place; the others are calls under way.',
      unit: units.Short,
      limits: NO_LIMITS,
      queries: [{ expr: 'max by (state) (gateway_dial_queue)', legend: '{{state}}' }],
      width: 8,
    }),
    overTime({
      title: 'Age of the dial queue',
      description:
        'For so long the order has been due that is due the longest. Over minutes the pace, the places (OUTBOUND_MAX_CALLS), Redis or the platform hold orders up.',
      unit: units.Seconds,
      limits: { worry: 300, bad: 900 },
      queries: [{ expr: ofDatabase('gateway_dial_queue_age_seconds'), legend: 'oldest' }],
      width: 8,
      without: 'the database is away',
    }),
    overTime({
      title: 'Orders a minute',
      description:
        'Orders that were taken on, and calls that a platform was asked to place for them, retries too.',
      unit: units.CountsPerMinute,
      limits: NO_LIMITS,
      queries: [
        { expr: '60 * sum(rate(gateway_dial_orders_total[$__rate_interval]))', legend: 'taken on' },
        { expr: '60 * sum(rate(gateway_dial_attempts_total[$__rate_interval]))', legend: 'dialled' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Orders that are over a minute, by outcome',
      description:
        'failed: the platform or the way to it. lost: nobody can tell what became of it. refused: a guard. busy and no-answer are the callees’.',
      unit: units.CountsPerMinute,
      limits: NO_LIMITS,
      queries: [{ expr: perMinute('gateway_dials_total', '', ['outcome']), legend: '{{outcome}}' }],
      width: 8,
    }),
    overTime({
      title: 'Orders without an answer a minute, by code',
      description:
        'Why nobody was reached: the platform’s code, or the outcome where it gave none. READMEs of outbound and of the platform list them.',
      unit: units.CountsPerMinute,
      limits: { worry: 1, bad: 10 },
      queries: [{ expr: orZero(perMinute('gateway_dial_failures_total', '', ['code'])), legend: '{{code}}' }],
      width: 8,
    }),
    overTime({
      title: 'Refused orders a minute, by code',
      description:
        'DIAL_PREFIX_REFUSED: a number that may not be called. DIAL_SPEND_REACHED: the day’s money is used up. Many at once may be fraud.',
      unit: units.CountsPerMinute,
      limits: { worry: 1, bad: 10 },
      queries: [{ expr: orZero(perMinute('gateway_dial_refusals_total', '', ['code'])), legend: '{{code}}' }],
      width: 8,
    }),
    overTime({
      title: 'Money of the day',
      description:
        'What today’s calls (UTC) cost, reserved or estimated, and what they may cost (OUTBOUND_SPEND_PER_DAY_USD). Where they meet nobody is dialled.',
      unit: units.Dollars,
      limits: NO_LIMITS,
      queries: [
        { expr: ofDatabase('gateway_dial_spend_usd'), legend: 'spent' },
        { expr: ofDatabase('gateway_dial_spend_limit_usd'), legend: 'limit' },
      ],
      width: 24,
      without: 'the database is away',
    }),
  ];
}

function webhooks() {
  return [
    overTime({
      title: 'Events that wait for endpoints',
      description:
        'Events in the outbox, but for webhooks that are switched off. Rising: an endpoint refuses them or is too slow. 10,000 means 10,000 or more.',
      unit: units.Short,
      limits: { worry: 1000, bad: 10_000 },
      queries: [{ expr: ofDatabase('gateway_webhook_outbox_waiting'), legend: 'waiting' }],
      width: 8,
      without: 'the database is away',
    }),
    overTime({
      title: 'Age of the outbox',
      description:
        'Age of the oldest event that an endpoint was not told yet. After webhooks.retryHours (a day) it is given up.',
      unit: units.Seconds,
      limits: { worry: 300, bad: 900 },
      queries: [{ expr: ofDatabase('gateway_webhook_outbox_age_seconds'), legend: 'oldest' }],
      width: 8,
      without: 'the database is away',
    }),
    overTime({
      title: 'Events that were given up an hour',
      description:
        'Nobody took them in time, so nobody is told of them any more. What the endpoint keeps has a hole there.',
      unit: units.Short,
      limits: { worry: 1, bad: 100 },
      queries: [
        { expr: '3600 * sum(rate(gateway_webhook_given_up_total[$__rate_interval]))', legend: 'given up' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Deliveries a minute, by result',
      description:
        'refused: the endpoint answered something else than 2xx. unreachable: it did not answer, or not in time. GET /api/webhooks tells which one and the last code.',
      unit: units.CountsPerMinute,
      limits: NO_LIMITS,
      queries: [
        { expr: perMinute('gateway_webhook_deliveries_total', '', ['result']), legend: '{{result}}' },
      ],
      width: 12,
    }),
    overTime({
      title: 'Time until endpoints answered',
      description:
        'p95. An endpoint that works before it answers holds up its own events: it should answer first.',
      unit: units.Seconds,
      limits: { worry: 2, bad: 8 },
      queries: [{ expr: tail('gateway_webhook_delivery_seconds'), legend: '{{result}} p95' }],
      width: 12,
    }),
  ];
}

function spools() {
  return [
    overTime({
      title: 'Rows that wait on disk',
      description:
        'calls: records of calls; webhooks: events. Anything above zero for long: the database is away or does not keep up.',
      unit: units.Short,
      limits: { worry: 1, bad: 10_000 },
      queries: [
        { expr: 'sum by (instance, spool) (gateway_spool_waiting)', legend: '{{instance}} {{spool}}' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Age of what waits on disk',
      description: 'By the oldest file. It grows for as long as the database is away.',
      unit: units.Seconds,
      limits: { worry: 60, bad: 600 },
      queries: [
        { expr: 'max by (instance, spool) (gateway_spool_age_seconds)', legend: '{{instance}} {{spool}}' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Room on disk that is taken',
      description:
        'Part of gateway.spoolMaxMegabytes. From 90 % on journals are not kept any more, at 100 % nothing.',
      unit: units.PercentUnit,
      limits: { worry: 0.5, bad: 0.9 },
      queries: [
        { expr: 'max by (instance, spool) (gateway_spool_fill_ratio)', legend: '{{instance}} {{spool}}' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Rows delivered from disk a minute',
      description:
        'Rows that had waited on disk and lie in the database now: what an outage had left is made good.',
      unit: units.CountsPerMinute,
      limits: NO_LIMITS,
      queries: [{ expr: perMinute('gateway_spool_delivered_total', '', ['spool']), legend: '{{spool}}' }],
      width: 12,
    }),
    overTime({
      title: 'Rows lost a minute, by why',
      description:
        'no-room: the disk’s share is full. refused: the database will never take it. too-many: it came faster than the disk. The log tells of each cause once.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.01, bad: 1 },
      queries: [
        {
          expr: perMinute('gateway_spool_lost_total', '', ['spool', 'reason']),
          legend: '{{spool}} {{reason}}',
        },
      ],
      width: 12,
    }),
  ];
}

function toolsAndRecordings() {
  return [
    overTime({
      title: 'Calls of functions a minute, by result',
      description:
        'Functions that the model called. failed: it was told so in words, and the caller gets no answer of use. cut-short: the caller or the AI was gone first.',
      unit: units.CountsPerMinute,
      limits: NO_LIMITS,
      queries: [{ expr: perMinute('gateway_tool_calls_total', '', ['result']), legend: '{{result}}' }],
      width: 8,
    }),
    overTime({
      title: 'Time until functions answered',
      description: 'p95. The caller waits for it, with a spoken bridge where the agent has one.',
      unit: units.Seconds,
      limits: { worry: 2, bad: 5 },
      queries: [{ expr: tail('gateway_tool_call_seconds'), legend: '{{result}} p95' }],
      width: 8,
    }),
    overTime({
      title: 'Recordings a second',
      description: 'Bytes of recordings that were saved. It tells how fast the disk or the bucket fills.',
      unit: units.BytesPerSecondIEC,
      limits: { worry: 50e6, bad: 200e6 },
      queries: [{ expr: 'sum(rate(gateway_recording_bytes_total[$__rate_interval]))', legend: 'saved' }],
      width: 8,
    }),
    overTime({
      title: 'Recorded sound',
      description:
        'Seconds of recordings saved in a second: as many as calls are recorded at a time, on average.',
      unit: units.Short,
      limits: NO_LIMITS,
      queries: [{ expr: 'sum(rate(gateway_recording_seconds_total[$__rate_interval]))', legend: 'recorded' }],
      width: 12,
    }),
    overTime({
      title: 'Recordings that failed a minute, by code',
      description:
        'Wholly or in part: the disk was full, slow or not writable. README of the recorder lists the codes.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.01, bad: 1 },
      queries: [
        { expr: orZero(perMinute('gateway_recording_failures_total', '', ['code'])), legend: '{{code}}' },
      ],
      width: 12,
    }),
  ];
}
