import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './layout.js';
import { toConversation, toOperations, toQuality, UIDS } from './links.js';
import { NO_LIMITS, now, overTime, ranking, rows, words } from './panels.js';
import { ENDED_WELL, JOB, orZero, PLATFORM, quantile, rate } from './promql.js';
import * as variables from './variables.js';

const HOW_TO = `
**The bad leg in three clicks**

1. Click the worst bar of *Bad legs now* (or *Became bad*): **Call quality** opens for that platform, track and cause.
2. See there since when and how many; the text beside it says how to find the calls by \`callId\`.
3. Click *Console*, at the top, for the gateway’s own page.

Metrics have no label per call, by design: the number of series does not grow with the calls. What belongs to one call stands in
the gateway’s log and console.
`;

/** Is the service well now? */
export function overview(): Dashboard {
  return dashboard({
    uid: UIDS.overview,
    title: 'Patchbay: Overview',
    description:
      'Is the service well now? Where not, a click leads to the leg, the conversation or the machine.',
    variables: [variables.datasource(), variables.platform(), variables.console()],
    sections: [
      { title: 'Now', panels: health() },
      { title: 'Where it is bad', panels: trouble() },
      { title: 'Over time', panels: history() },
    ],
  });
}

function health() {
  return [
    now({
      title: 'Processes that answer',
      description:
        'Share of the gateway processes that answer Prometheus. Below 100 %: one is down; see Operations.',
      unit: units.PercentUnit,
      limits: { worry: 1, bad: 0.999 },
      queries: [{ expr: `avg(up{${JOB}})`, legend: 'up' }],
      width: 3,
      links: [toOperations()],
    }),
    now({
      title: 'Alerts that fire',
      description: 'Alerts of Patchbay that fire now. Their names and what to do stand in the table below.',
      unit: units.Short,
      limits: { worry: 1, bad: 3 },
      queries: [
        {
          expr: orZero('count(ALERTS{alertname=~"Patchbay.*", alertstate="firing"})'),
          legend: 'alerts',
        },
      ],
      width: 3,
    }),
    now({
      title: 'Calls now',
      description:
        'Calls that run. Whether they are too many tells the panel beside it, so this one has no colour of its own.',
      unit: units.Short,
      limits: NO_LIMITS,
      queries: [{ expr: `sum(gateway_calls_active{${PLATFORM}})`, legend: 'calls' }],
      width: 3,
    }),
    now({
      title: 'Calls in use',
      description: 'Calls of MAX_CALLS, on the fullest process. At 100 % callers are turned away.',
      unit: units.PercentUnit,
      limits: { worry: 0.8, bad: 0.95 },
      queries: [
        {
          expr: `max(sum by (job, instance) (gateway_calls_active) / on (job, instance) sum by (job, instance) (gateway_calls_limit))`,
          legend: 'in use',
        },
      ],
      width: 3,
      links: [toOperations()],
    }),
    now({
      title: 'Calls that ended well',
      description:
        'Share of the calls of the last 15 minutes that ended because somebody hung up or was transferred, not by a fault. See Operations for the outcomes.',
      unit: units.PercentUnit,
      limits: { worry: 0.98, bad: 0.9 },
      queries: [
        {
          expr: `sum(increase(gateway_calls_total{outcome=~"${ENDED_WELL}", ${PLATFORM}}[15m])) / sum(increase(gateway_calls_total{${PLATFORM}}[15m]))`,
          legend: 'ended well',
        },
      ],
      width: 3,
      links: [toOperations()],
      without: 'no calls',
    }),
    now({
      title: 'Turn latency p95',
      description:
        'One answer in twenty starts this late or later after the caller stopped speaking. People notice more than 1 s; over 2 s they ask whether somebody is there.',
      unit: units.Seconds,
      limits: { worry: 1.2, bad: 2 },
      queries: [{ expr: quantile(0.95, 'gateway_turn_latency_seconds', PLATFORM, []), legend: 'p95' }],
      width: 3,
      links: [toConversation()],
      without: 'no turns',
    }),
    now({
      title: 'Sound score p10',
      description:
        'One second of sound in ten sounds this bad or worse; 100 is perfect, under 60 is a complaint.',
      unit: units.Short,
      limits: { worry: 70, bad: 60 },
      queries: [{ expr: quantile(0.1, 'gateway_quality_score', PLATFORM, []), legend: 'p10' }],
      width: 3,
      links: [toQuality([])],
      without: 'no sound',
    }),
    now({
      title: 'Calls without caller sound',
      description:
        'Connected calls in which nothing of the caller arrives: one-way audio, hold or a muted caller.',
      unit: units.Short,
      limits: { worry: 1, bad: 3 },
      queries: [{ expr: `sum(gateway_calls_without_audio{track="caller", ${PLATFORM}})`, legend: 'calls' }],
      width: 3,
      links: [toQuality([])],
    }),
  ];
}

function trouble() {
  return [
    ranking({
      title: 'Bad legs now',
      description:
        'Calls whose sound is bad now, by platform, track and cause; the ten worst. Click a bar for Call quality of just that leg.',
      unit: units.Short,
      limits: { worry: 1, bad: 5 },
      queries: [
        {
          expr: `topk(10, sum by (platform, track, kind) (gateway_quality_degraded_calls{${PLATFORM}}))`,
          legend: '{{platform}} {{track}} {{kind}}',
        },
      ],
      width: 8,
      links: [toQuality(['platform', 'track', 'kind'])],
    }),
    ranking({
      title: 'Became bad, in the time shown',
      description:
        'How often a track of a call became bad in the time shown, by cause: also of calls that are over. Click a bar for Call quality of just that leg.',
      unit: units.Short,
      limits: { worry: 1, bad: 10 },
      queries: [
        {
          expr: `topk(10, sum by (platform, track, kind) (increase(gateway_quality_alerts_total{${PLATFORM}}[$__range])))`,
          legend: '{{platform}} {{track}} {{kind}}',
        },
      ],
      width: 8,
      links: [toQuality(['platform', 'track', 'kind'])],
    }),
    words('How to find the bad call', HOW_TO, 8),
    rows(
      {
        title: 'Alerts',
        description:
          'Alerts of Patchbay that fire now, or wait whether it lasts. What to do stands in the summary and action of each, under Alerting or in Prometheus.',
        unit: units.Short,
        limits: { worry: 1, bad: 2 },
        queries: [{ expr: 'ALERTS{alertname=~"Patchbay.*"}', legend: '{{alertname}}' }],
        width: 24,
        without: 'none',
      },
      ['grafana'],
    ),
  ];
}

function history() {
  return [
    overTime({
      title: 'Calls by platform',
      description:
        'Calls that run, by platform. A platform that falls to nothing has lost its way to the gateway.',
      unit: units.Short,
      limits: NO_LIMITS,
      queries: [{ expr: `sum by (platform) (gateway_calls_active{${PLATFORM}})`, legend: '{{platform}}' }],
      width: 12,
    }),
    overTime({
      title: 'Turn latency p95 by platform',
      description: 'From the end of the caller’s speech to the first sound of the answer that leaves.',
      unit: units.Seconds,
      limits: { worry: 1.2, bad: 2 },
      queries: [
        {
          expr: quantile(0.95, 'gateway_turn_latency_seconds', PLATFORM, ['platform']),
          legend: '{{platform}}',
        },
      ],
      width: 12,
      links: [toConversation()],
    }),
    overTime({
      title: 'Sound score p10 by leg',
      description: 'One second of sound in ten is this bad or worse, by platform and track.',
      unit: units.Short,
      limits: { worry: 70, bad: 60 },
      queries: [
        {
          expr: quantile(0.1, 'gateway_quality_score', PLATFORM, ['platform', 'track']),
          legend: '{{platform}} {{track}}',
        },
      ],
      width: 12,
      links: [toQuality(['platform', 'track'])],
    }),
    overTime({
      title: 'AI backend errors',
      description:
        'Errors of AI backends a second, by the gateway’s own code. Any that lasts is a call that suffers.',
      unit: units.CountsPerSecond,
      limits: { worry: 0.01, bad: 0.1 },
      queries: [
        {
          expr: orZero(rate('gateway_backend_errors_total', '', ['backend', 'code'])),
          legend: '{{backend}} {{code}}',
        },
      ],
      width: 12,
      links: [toOperations()],
    }),
  ];
}
