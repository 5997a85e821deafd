import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { aroundTheCalls } from './around-the-calls.js';
import { dashboard } from './layout.js';
import { UIDS } from './links.js';
import { NO_LIMITS, overTime } from './panels.js';
import { processPanels } from './process-panels.js';
import { BACKEND, orZero, PLATFORM, perMinute, quantiles, rate } from './promql.js';
import * as variables from './variables.js';

/** Load, drops, far sides and the process. */
export function operations(): Dashboard {
  return dashboard({
    uid: UIDS.operations,
    title: 'Patchbay: Operations',
    description:
      'Load and room, frames and drops, far sides, outbound calls, webhooks, what waits on disk, and the process itself.',
    variables: [
      variables.datasource(),
      variables.platform(),
      variables.track(),
      variables.backend(),
      variables.console(),
    ],
    sections: [
      { title: 'Load', panels: load() },
      { title: 'Frames', panels: frames() },
      { title: 'AI backends, platforms and doors', panels: farSides() },
      ...aroundTheCalls(),
      { title: 'Process', panels: processPanels() },
    ],
  });
}

function load() {
  return [
    overTime({
      title: 'Calls and room for calls',
      description:
        'Calls that run, and how many may (MAX_CALLS), by process. When they meet, callers are turned away.',
      unit: units.Short,
      limits: NO_LIMITS,
      queries: [
        { expr: 'sum by (instance) (gateway_calls_active)', legend: '{{instance}} calls' },
        { expr: 'sum by (instance) (gateway_calls_limit)', legend: '{{instance}} limit' },
      ],
      width: 12,
    }),
    overTime({
      title: 'Calls that ended, by outcome',
      description:
        'Calls a minute by how they ended. caller-hung-up, agent-hung-up, operator-hung-up and transferred are good ends; the others are faults, but gateway-draining.',
      unit: units.CountsPerMinute,
      limits: { worry: 100, bad: 300 },
      queries: [
        {
          expr: perMinute('gateway_calls_total', PLATFORM, ['outcome']),
          legend: '{{outcome}}',
        },
      ],
      width: 12,
    }),
    overTime({
      title: 'Callers turned away a minute, by reason',
      description:
        'Calls for which there was no place. full: raise MAX_CALLS or add a process. draining: a restart.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.01, bad: 1 },
      queries: [
        {
          expr: orZero(perMinute('gateway_calls_refused_total', '', ['reason'])),
          legend: '{{reason}}',
        },
      ],
      width: 12,
    }),
    overTime({
      title: 'Length of calls',
      description: 'From the offer to the end. Calls of hours may be calls that nobody ends.',
      unit: units.Seconds,
      limits: { worry: 1200, bad: 3600 },
      queries: quantiles([0.5, 0.95], 'gateway_call_duration_seconds', PLATFORM, ['platform']),
      width: 12,
      without: 'no calls ended',
    }),
  ];
}

function frames() {
  return [
    overTime({
      title: 'Frames a second',
      description:
        'Frames of sound: in came to the gateway, out was taken by the far side. 50 a second, call and track.',
      unit: units.CountsPerSecond,
      limits: { worry: 40_000, bad: 80_000 },
      queries: [
        {
          expr: rate('gateway_frames_total', 'track=~"$track"', ['track', 'direction']),
          legend: '{{track}} {{direction}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Dropped frames, by reason',
      description:
        'far-side-full: the receiver reads too slowly. early-overflow: the AI connects too slowly. not-connected: a side was away. interrupted, muted: dropped on purpose.',
      unit: units.CountsPerSecond,
      limits: { worry: 5, bad: 50 },
      queries: [
        {
          expr: orZero(rate('gateway_frames_dropped_total', 'track=~"$track"', ['track', 'reason'])),
          legend: '{{track}} {{reason}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Added latency',
      description:
        'How long the gateway holds a frame, sampled once a second and call. Over a frame (20 ms) it lags.',
      unit: units.Seconds,
      limits: { worry: 0.005, bad: 0.02 },
      queries: quantiles([0.5, 0.99], 'gateway_added_latency_seconds', '', ['direction']),
      width: 8,
      without: 'no sound',
    }),
  ];
}

function farSides() {
  return [
    overTime({
      title: 'AI connect time',
      description: 'Until the AI session was configured. The caller waits for the greeting meanwhile.',
      unit: units.Seconds,
      limits: { worry: 1.5, bad: 3 },
      queries: quantiles([0.5, 0.95], 'gateway_backend_connect_seconds', BACKEND, ['backend']),
      width: 8,
      without: 'no calls',
    }),
    overTime({
      title: 'AI backend errors a minute, by code',
      description:
        'By the gateway’s own code; the README of the backend lists them. Three in ten minutes fire the alert.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.3, bad: 3 },
      queries: [
        {
          expr: orZero(perMinute('gateway_backend_errors_total', BACKEND, ['backend', 'code'])),
          legend: '{{backend}} {{code}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'AI reconnects and rollovers a minute',
      description:
        'Reconnects: a connection was lost and restored, callers hear a pause. Rollovers: renewed before the vendor’s limit, nobody hears it.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.3, bad: 3 },
      queries: [
        {
          expr: orZero(perMinute('gateway_backend_reconnects_total', BACKEND, ['backend'])),
          legend: '{{backend}} reconnects',
        },
        {
          expr: orZero(perMinute('gateway_backend_rollovers_total', BACKEND, ['backend'])),
          legend: '{{backend}} rollovers',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Platform faults a minute, by code',
      description:
        'Faults of telephony platforms, by the gateway’s own code; the README of the platform lists them.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.3, bad: 3 },
      queries: [
        {
          expr: orZero(perMinute('gateway_platform_errors_total', PLATFORM, ['platform', 'code'])),
          legend: '{{platform}} {{code}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Refused sockets and webhooks a minute, by reason',
      description:
        'full and too-many-connections: no room. bad-credentials, no-credentials, loopback-only, unknown-token: secrets, PUBLIC_URL, or a stranger. unknown-path: a wrong URL or a scanner.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.5, bad: 5 },
      queries: [
        {
          expr: orZero(perMinute('gateway_rejected_upgrades_total', '', ['reason'])),
          legend: '{{reason}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Recordings a minute, by outcome',
      description:
        'failed: the disk was full, slow or not writable, and a call is not recorded, or not wholly. The log names the code.',
      unit: units.CountsPerMinute,
      limits: NO_LIMITS,
      queries: [
        {
          expr: '60 * sum by (outcome) (rate(gateway_recordings_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Event listeners that threw, a minute',
      description:
        'An observer failed. The calls go on; its figures or records have holes. The log names the event.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.01, bad: 1 },
      queries: [
        {
          expr: '60 * sum(rate(gateway_event_listener_errors_total[$__rate_interval]))',
          legend: 'errors',
        },
      ],
      width: 8,
    }),
  ];
}
