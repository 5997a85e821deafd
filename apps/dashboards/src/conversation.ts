import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './layout.js';
import { UIDS } from './links.js';
import { overTime } from './panels.js';
import { BACKEND, orZero, PLATFORM, perMinute, quantiles, rate, ratePerCall } from './promql.js';
import * as variables from './variables.js';

const BY_PLATFORM = ['platform'];

/** How long do people wait, how fast is an interruption obeyed, and what does it cost? */
export function conversation(): Dashboard {
  return dashboard({
    uid: UIDS.conversation,
    title: 'Patchbay: Conversation',
    description: 'Turns and their parts, interruptions, silence, tokens and cost.',
    variables: [variables.datasource(), variables.platform(), variables.backend(), variables.console()],
    sections: [
      { title: 'Waiting for an answer', panels: turns() },
      { title: 'Interruptions', panels: interruptions() },
      { title: 'Tokens and cost', panels: tokens() },
    ],
  });
}

function turns() {
  return [
    overTime({
      title: 'Turn latency',
      description:
        'From the end of the caller’s speech until the first sound of the answer leaves. Over 1 s is noticed, over 2 s the alert fires.',
      unit: units.Seconds,
      limits: { worry: 1.2, bad: 2 },
      queries: quantiles([0.5, 0.95], 'gateway_turn_latency_seconds', PLATFORM, BY_PLATFORM),
      width: 12,
      without: 'no turns',
    }),
    overTime({
      title: 'Turn latency, as heard',
      description:
        'The same until the answer is heard, by the platform’s marks where it has them: adds the way to the caller.',
      unit: units.Seconds,
      limits: { worry: 1.5, bad: 2.3 },
      queries: quantiles([0.5, 0.95], 'gateway_turn_heard_latency_seconds', PLATFORM, BY_PLATFORM),
      width: 12,
      without: 'no turns',
    }),
    overTime({
      title: 'Part 1: end of turn',
      description:
        'From the end of the caller’s speech until the backend closes the turn: the pause that voice detection waits for (silenceDurationMs, eagerness).',
      unit: units.Seconds,
      limits: { worry: 0.7, bad: 1.2 },
      queries: quantiles([0.5, 0.95], 'gateway_end_of_turn_seconds', BACKEND, ['backend']),
      width: 8,
      without: 'no turns',
    }),
    overTime({
      title: 'Part 2: model',
      description:
        'From the closed turn until the first sound of the answer arrives: the model and the way to it, tools included.',
      unit: units.Seconds,
      limits: { worry: 0.7, bad: 1.5 },
      queries: quantiles([0.5, 0.95], 'gateway_model_latency_seconds', BACKEND, ['backend']),
      width: 8,
      without: 'no turns',
    }),
    overTime({
      title: 'Part 3: gateway',
      description:
        'Turn latency, part 3: from the arrival of the answer’s first sound at the gateway until it left for the platform. How long any frame is held stands on Operations.',
      unit: units.Seconds,
      limits: { worry: 0.005, bad: 0.02 },
      queries: quantiles([0.5, 0.99], 'gateway_turn_gateway_latency_seconds', PLATFORM, BY_PLATFORM),
      width: 8,
      without: 'no turns',
    }),
    overTime({
      title: 'Time to first audio',
      description:
        'From the moment the caller can hear until the first sound of the agent leaves: the greeting.',
      unit: units.Seconds,
      limits: { worry: 1.5, bad: 3 },
      queries: quantiles([0.5, 0.95], 'gateway_time_to_first_audio_seconds', PLATFORM, BY_PLATFORM),
      width: 12,
      without: 'no calls',
    }),
    overTime({
      title: 'Silence owed',
      description: 'Share of call time in which callers wait in silence while the agent owes them speech.',
      unit: units.PercentUnit,
      limits: { worry: 0.15, bad: 0.25 },
      queries: [
        { expr: ratePerCall('gateway_silence_owed_seconds_total', PLATFORM), legend: '{{platform}}' },
      ],
      width: 12,
      without: 'no calls',
    }),
  ];
}

function interruptions() {
  return [
    overTime({
      title: 'Barge-in stop',
      description:
        'From the order to be silent until the platform was told. A few milliseconds; over 0.2 s the agent talks on.',
      unit: units.Seconds,
      limits: { worry: 0.05, bad: 0.2 },
      queries: quantiles([0.5, 0.95], 'gateway_barge_in_stop_seconds', PLATFORM, BY_PLATFORM),
      width: 12,
      without: 'none',
    }),
    overTime({
      title: 'Interruptions a call minute',
      description:
        'How often callers interrupt the agent, and how often nothing was said after it (false): noise or echo took the turn.',
      unit: units.CountsPerMinute,
      limits: { worry: 2, bad: 5 },
      queries: [
        {
          expr: `60 * ${ratePerCall('gateway_interruptions_total', PLATFORM, ['kind'])}`,
          legend: '{{platform}} {{kind}}',
        },
      ],
      width: 12,
      without: 'no calls',
    }),
    overTime({
      title: 'False interruptions',
      description:
        'Share of interruptions without words behind them, over half an hour. Raise vadThreshold, or cancel echo.',
      unit: units.PercentUnit,
      limits: { worry: 0.3, bad: 0.5 },
      queries: [
        {
          expr: `sum by (platform) (increase(gateway_interruptions_total{kind="false", ${PLATFORM}}[30m])) / sum by (platform) (increase(gateway_interruptions_total{kind!="unknown", ${PLATFORM}}[30m]))`,
          legend: '{{platform}}',
        },
      ],
      width: 8,
      without: 'none',
    }),
    overTime({
      title: 'Talk-over',
      description: 'Share of call time in which caller and agent are heard at once.',
      unit: units.PercentUnit,
      limits: { worry: 0.05, bad: 0.15 },
      queries: [{ expr: ratePerCall('gateway_talk_over_seconds_total', PLATFORM), legend: '{{platform}}' }],
      width: 8,
      without: 'no calls',
    }),
    overTime({
      title: 'Truncation error',
      description:
        'How far the clock’s guess of what the caller heard was off when the platform’s mark told: what the AI believes to have said after an interruption.',
      unit: units.Seconds,
      limits: { worry: 0.1, bad: 0.3 },
      queries: quantiles([0.95], 'gateway_playback_truncation_error_seconds', PLATFORM, BY_PLATFORM),
      width: 8,
      without: 'none',
    }),
  ];
}

function tokens() {
  return [
    overTime({
      title: 'Tokens a minute, by kind',
      description:
        'Tokens used. Input that grows while calls do not is a history that grows: see truncation.',
      unit: units.Short,
      limits: { worry: 500_000, bad: 2_000_000 },
      queries: [
        {
          expr: orZero(perMinute('gateway_backend_tokens_total', BACKEND, ['backend', 'kind'])),
          legend: '{{backend}} {{kind}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Cost an hour',
      description: 'US dollars an hour at the pace of now, where the price of the model is known.',
      unit: units.Dollars,
      limits: { worry: 50, bad: 200 },
      queries: [
        {
          expr: orZero(`3600 * ${rate('gateway_backend_cost_usd_total', BACKEND, ['backend'])}`),
          legend: '{{backend}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Cost of a call minute',
      description: 'US dollars for a minute of call. The alert fires at three times the average of the day.',
      unit: units.Dollars,
      limits: { worry: 0.2, bad: 0.5 },
      queries: [
        {
          expr: '60 * sum(rate(gateway_backend_cost_usd_total[$__rate_interval])) / (sum(avg_over_time(gateway_calls_active[$__rate_interval])) > 0)',
          legend: 'a call minute',
        },
      ],
      width: 8,
      without: 'no calls',
    }),
  ];
}
