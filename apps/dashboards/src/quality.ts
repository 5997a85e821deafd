import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './layout.js';
import { toConsole, UIDS } from './links.js';
import { overTime, type PanelText, ranking, words } from './panels.js';
import { LINE, mean, PLATFORM, perCall, perMinute, quantiles, ratePerCall } from './promql.js';
import * as variables from './variables.js';

const FIND = `
**Which calls are these?** There is no label per call in the metrics, by design. The log has a line for each time a track of a
call became bad, with \`callId\`, track, kind, value, threshold and the reason in words:

\`\`\`
docker compose logs --no-log-prefix gateway | grep '"quality.degraded"' | grep '"kind":"noise"'
\`\`\`

\`audio.stalled\` instead of \`quality.degraded\` finds calls without caller sound. The same command with a \`callId\` tells the
story of that call. The console (at the top, or a click on a line) is the gateway’s own page.
`;

const BY_LEG = ['platform', 'track'];
const LEG = '{{platform}} {{track}}';

/** How does it sound, on which platform, on which track, and what is the cause? */
export function quality(): Dashboard {
  return dashboard({
    uid: UIDS.quality,
    title: 'Patchbay: Call quality',
    description: 'The sound of all calls, measured on both tracks: which leg is bad, since when, and why.',
    variables: [
      variables.datasource(),
      variables.platform(),
      variables.track(),
      variables.kind(),
      variables.console(),
    ],
    sections: [
      { title: 'Which leg, which cause', panels: causes() },
      { title: 'How it sounds', panels: ratings() },
      { title: 'Figures of the sound', panels: figures() },
      { title: 'How the caller’s sound arrives', panels: arrival() },
    ],
  });
}

function causes() {
  return [
    overTime({
      title: 'Share of call time that is bad, by cause',
      description:
        'Calls that are bad now over calls that run, averaged. The alerts fire at 5 % of call time. Causes: noise, distortion, clipping, level, dc-offset, hum, bandwidth, dropouts, arrival, format, echo; score sums them up.',
      unit: units.PercentUnit,
      limits: { worry: 0.05, bad: 0.25 },
      queries: [
        {
          expr: perCall(
            `sum by (platform, track, kind) (avg_over_time(gateway_quality_degraded_calls{${LINE}, kind=~"$kind"}[$__rate_interval]))`,
            ['track', 'kind'],
          ),
          legend: `${LEG} {{kind}}`,
        },
      ],
      width: 16,
      links: [toConsole()],
      without: 'no calls',
    }),
    words('How to find the calls', FIND, 8),
    ranking({
      title: 'Became bad, in the time shown',
      description:
        'How often a track of a call became bad in the time shown, by cause; told once until it recovers.',
      unit: units.Short,
      limits: { worry: 1, bad: 10 },
      queries: [
        {
          expr: `topk(12, sum by (platform, track, kind) (increase(gateway_quality_alerts_total{${LINE}, kind=~"$kind"}[$__range])))`,
          legend: `${LEG} {{kind}}`,
        },
      ],
      width: 8,
      links: [toConsole()],
    }),
    overTime({
      title: 'Calls that are bad now',
      description:
        'Number of calls whose sound is bad, by leg and cause. One call may be bad for several causes.',
      unit: units.Short,
      limits: { worry: 1, bad: 5 },
      queries: [
        {
          expr: `sum by (platform, track, kind) (gateway_quality_degraded_calls{${LINE}, kind=~"$kind"})`,
          legend: `${LEG} {{kind}}`,
        },
      ],
      width: 8,
      links: [toConsole()],
    }),
    overTime({
      title: 'Calls without sound',
      description: 'Connected calls that bring no sound of a track: one-way audio, hold, a muted caller.',
      unit: units.Short,
      limits: { worry: 1, bad: 3 },
      queries: [{ expr: `sum by (platform, track) (gateway_calls_without_audio{${LINE}})`, legend: LEG }],
      width: 8,
      links: [toConsole()],
    }),
  ];
}

function ratings() {
  return [
    spread({
      title: 'Score',
      description:
        '0 to 100, for each second of sound; under 60 is bad. p10: one second in ten is this bad or worse.',
      unit: units.Short,
      limits: { worry: 70, bad: 60 },
      histogram: 'gateway_quality_score',
      at: [0.1, 0.5],
    }),
    spread({
      title: 'MOS',
      description:
        'Mean opinion score by the E-model (ITU-T G.107): what people would say of the line, from loss, jitter and codec. 4.0 and more is good, under 3.1 most are dissatisfied.',
      unit: units.Short,
      limits: { worry: 3.6, bad: 3.1 },
      histogram: 'gateway_quality_mos',
      at: [0.1, 0.5],
    }),
  ];
}

function figures() {
  return [
    spread({
      title: 'SNR',
      description:
        'Active speech level (ITU-T P.56) against the noise in the pauses, for each second with speech. Under 20 dB voice detection begins to err.',
      unit: units.Decibel,
      limits: { worry: 25, bad: 20 },
      histogram: 'gateway_quality_snr_db',
      at: [0.1, 0.5],
    }),
    spread({
      title: 'Level',
      description:
        'Active speech level, in dB below full scale (dBov). Speech lies at −20 to −30; above −15 it will clip, below −40 it is too quiet.',
      unit: units.Decibel,
      limits: { worry: -15, bad: -10, low: { worry: -36, bad: -40 } },
      histogram: 'gateway_quality_level_dbfs',
      at: [0.1, 0.5, 0.9],
    }),
    overTime({
      title: 'Clipped samples',
      description:
        'Share of samples in flat tops: the mean, and the worst second in a hundred. Over 0.1 % is heard.',
      unit: units.PercentUnit,
      limits: { worry: 0.001, bad: 0.01 },
      queries: [
        { expr: mean('gateway_quality_clipping_ratio', LINE, BY_LEG), legend: `${LEG} mean` },
        ...quantiles([0.99], 'gateway_quality_clipping_ratio', LINE, BY_LEG),
      ],
      width: 12,
      links: [toConsole()],
    }),
    spread({
      title: 'THD of tones',
      description:
        'Total harmonic distortion of steady tones; speech, noise and music have none, so this is often empty.',
      unit: units.PercentUnit,
      limits: { worry: 0.01, bad: 0.03 },
      histogram: 'gateway_quality_thd_ratio',
      at: [0.5, 0.95],
    }),
    overTime({
      title: 'Drop-outs',
      description: 'Muted, repeated or torn stretches inside speech, a minute, all calls together.',
      unit: units.CountsPerMinute,
      limits: { worry: 1, bad: 10 },
      queries: [{ expr: perMinute('gateway_quality_dropouts_total', LINE, BY_LEG), legend: LEG }],
      width: 12,
      links: [toConsole()],
    }),
  ];
}

function arrival() {
  return [
    overTime({
      title: 'Arrival jitter',
      description:
        'Interarrival jitter of caller sound (RFC 3550). A few milliseconds are usual; over 30 ms words begin to tear.',
      unit: units.Seconds,
      limits: { worry: 0.02, bad: 0.03 },
      queries: quantiles([0.5, 0.95], 'gateway_arrival_jitter_seconds', PLATFORM, ['platform']),
      width: 12,
    }),
    overTime({
      title: 'Gaps a call minute',
      description:
        'Stretches of caller sound that never came, for each minute of call. Lost between platform and here.',
      unit: units.CountsPerMinute,
      limits: { worry: 0.2, bad: 1 },
      queries: [
        { expr: `60 * ${ratePerCall('gateway_arrival_gaps_total', PLATFORM)}`, legend: '{{platform}}' },
      ],
      width: 12,
      without: 'no calls',
    }),
    overTime({
      title: 'Late frames a call minute',
      description:
        'Frames that came later than a jitter buffer waits, for each minute of call (3000 frames of 20 ms).',
      unit: units.CountsPerMinute,
      limits: { worry: 30, bad: 150 },
      queries: [
        { expr: `60 * ${ratePerCall('gateway_arrival_late_total', PLATFORM)}`, legend: '{{platform}}' },
      ],
      width: 12,
      without: 'no calls',
    }),
    overTime({
      title: 'Out-of-order frames a call minute',
      description:
        'Frames that came after younger ones, for each minute of call. TCP keeps order: the platform did it.',
      unit: units.CountsPerMinute,
      limits: { worry: 1, bad: 30 },
      queries: [
        {
          expr: `60 * ${ratePerCall('gateway_arrival_out_of_order_total', PLATFORM)}`,
          legend: '{{platform}}',
        },
      ],
      width: 12,
      without: 'no calls',
    }),
  ];
}

type Spread = Pick<PanelText, 'title' | 'description' | 'unit' | 'limits'> & {
  readonly histogram: string;
  /** Its quantiles. */
  readonly at: readonly number[];
};

function spread({ histogram, at, ...panel }: Spread) {
  return overTime({
    ...panel,
    queries: quantiles(at, histogram, LINE, BY_LEG),
    width: 12,
    links: [toConsole()],
    without: 'no sound',
  });
}
