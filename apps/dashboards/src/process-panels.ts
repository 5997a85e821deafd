import * as units from '@grafana/grafana-foundation-sdk/units';
import { overTime } from './panels.js';
import { JOB } from './promql.js';

/** The process itself, whatever its calls do: what it has of the machine, and whether it keeps up. */
export function processPanels() {
  return [
    overTime({
      title: 'CPU',
      description:
        'Share of one core. The gateway’s sound runs on one thread: near 100 % every call stutters.',
      unit: units.PercentUnit,
      limits: { worry: 0.7, bad: 0.9 },
      queries: [
        { expr: `rate(process_cpu_seconds_total{${JOB}}[$__rate_interval])`, legend: '{{instance}}' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Event loop lag',
      description:
        'How late the event loop is. About 10 ms is the resolution of the measurement; one frame is 20 ms.',
      unit: units.Seconds,
      limits: { worry: 0.03, bad: 0.05 },
      queries: [
        { expr: `nodejs_eventloop_lag_p50_seconds{${JOB}}`, legend: '{{instance}} p50' },
        { expr: `nodejs_eventloop_lag_p99_seconds{${JOB}}`, legend: '{{instance}} p99' },
      ],
      width: 8,
    }),
    overTime({
      title: 'Garbage collection',
      description: 'Share of time in which everything waits for garbage collection, by kind.',
      unit: units.PercentUnit,
      limits: { worry: 0.03, bad: 0.1 },
      queries: [
        {
          expr: `sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum{${JOB}}[$__rate_interval]))`,
          legend: '{{instance}} {{kind}}',
        },
      ],
      width: 8,
    }),
    overTime({
      title: 'Memory',
      description:
        'Resident memory of the process, and the part of it that holds objects. Rising for days is a leak.',
      unit: units.BytesIEC,
      limits: { worry: 1.5e9, bad: 3e9 },
      queries: [
        { expr: `process_resident_memory_bytes{${JOB}}`, legend: '{{instance}} resident' },
        { expr: `nodejs_heap_size_used_bytes{${JOB}}`, legend: '{{instance}} heap' },
      ],
      width: 8,
    }),
    overTime({
      title: 'File descriptors in use',
      description:
        'Share of the file descriptors the process may have. A call needs two; at 100 % sockets are refused.',
      unit: units.PercentUnit,
      limits: { worry: 0.6, bad: 0.8 },
      queries: [{ expr: `process_open_fds{${JOB}} / process_max_fds{${JOB}}`, legend: '{{instance}}' }],
      width: 8,
    }),
    overTime({
      title: 'Time since the start',
      description: 'How long the process runs. A fall to zero is a restart, which ends its calls.',
      unit: units.Seconds,
      limits: { worry: 600, bad: 60 },
      queries: [{ expr: `time() - process_start_time_seconds{${JOB}}`, legend: '{{instance}}' }],
      width: 8,
    }),
    overTime({
      title: 'Time of a scrape',
      description:
        'How long Prometheus waits for /metrics. The event loop works on it for most of this time.',
      unit: units.Seconds,
      limits: { worry: 0.05, bad: 0.2 },
      queries: [{ expr: `scrape_duration_seconds{${JOB}}`, legend: '{{instance}}' }],
      width: 8,
    }),
  ];
}
